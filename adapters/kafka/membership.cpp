#include "adapters/kafka/membership.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <future>

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr auto kCommitEvery = std::chrono::seconds(5);
/// For the work on partitions to end: the others wait so long for them.
constexpr auto kPatience = std::chrono::seconds(30);

/// A process whose work does not end is left out after twice that time.
Settings settings_of(const Options& options, const GroupOptions& group) {
  const auto longest = std::max<std::chrono::milliseconds>(2 * kPatience, group.session);
  const auto heartbeat = std::clamp<std::chrono::milliseconds>(
      group.session / 10, std::chrono::milliseconds(200), std::chrono::milliseconds(3000));
  return {{"group.id", options.prefix + "." + group.role},
          {"partition.assignment.strategy", "cooperative-sticky"},
          {"session.timeout.ms", std::to_string(group.session.count())},
          {"heartbeat.interval.ms", std::to_string(heartbeat.count())},
          {"max.poll.interval.ms", std::to_string(longest.count())},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"}};
}

}  // namespace

Result<std::unique_ptr<Membership>> Membership::open(const Options& options, GroupOptions group) {
  auto made = std::unique_ptr<Membership>(new Membership(std::move(group)));
  auto& self = *made;
  for (const auto stream : self.group_.streams)
    self.topics_[topic_of(options.prefix, self.group_.kind, stream)] = stream;
  self.callbacks_.rebalanced = [&self](rd_kafka_resp_err_t code,
                                       rd_kafka_topic_partition_list_t& places) {
    self.rebalanced(code, places);
  };
  TRY(self.client_,
      make_client(RD_KAFKA_CONSUMER, options, settings_of(options, self.group_), &self.callbacks_));
  rd_kafka_poll_set_consumer(self.client_.get());
  if (!self.group_.taken) return made;
  const Settings shown{{"group.id", options.prefix + ".taken"}, {"enable.auto.commit", "false"}};
  TRY(self.taken_, make_client(RD_KAFKA_CONSUMER, options, shown));
  rd_kafka_poll_set_consumer(self.taken_.get());
  return made;
}

Membership::~Membership() {
  abandoned_ = leaving_ = true;
  if (thread_.joinable()) thread_.join();
}

void Membership::join(ports::PartitionWork& work, boost::asio::any_io_executor executor) {
  work_ = &work;
  executor_ = std::move(executor);
  thread_ = std::thread([this] { run(); });
}

boost::asio::awaitable<void> Membership::leave() {
  if (!work_) co_return;
  std::function<void(ports::Answer<bool>)> start = [this](ports::Answer<bool> answer) {
    {
      const std::lock_guard lock(mutex_);
      if (!ended_) {
        left_ = std::move(answer);
        leaving_ = true;
        return;
      }
    }
    answer(true);
  };
  co_await ports::async_answer<bool>(std::move(start));
}

std::optional<std::string> Membership::missing() const {
  const std::lock_guard lock(mutex_);
  return missing_;
}

void Membership::note(std::optional<std::string> missing) {
  const std::lock_guard lock(mutex_);
  missing_ = std::move(missing);
}

// --- the thread ---

void Membership::run() {
  const Places topics(rd_kafka_topic_partition_list_new(static_cast<int>(topics_.size())));
  for (const auto& [topic, stream] : topics_)
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto code = rd_kafka_subscribe(client_.get(), topics.get()))
    note(to_string(error_of(code, "joining the group")));
  auto next_commit = std::chrono::steady_clock::now();
  while (!leaving_) {
    const Message message(rd_kafka_consumer_poll(client_.get(), milliseconds(kPoll)));
    if (message && message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      const std::lock_guard lock(mutex_);
      if (missing_) missing_ = to_string(error_of(message->err, "joining the group"));
    }
    if (std::chrono::steady_clock::now() < next_commit) continue;
    commit_taken();
    next_commit = std::chrono::steady_clock::now() + kCommitEvery;
  }
  rd_kafka_consumer_close(client_.get());  // gives all back, by the callback, and leaves
  if (taken_) rd_kafka_consumer_close(taken_.get());
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (left_) left_(true);
}

void Membership::rebalanced(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& places) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
      return assign(places);
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
      return revoke(places);
    default:
      note(to_string(error_of(code, "sharing the partitions")));
      rd_kafka_assign(client_.get(), nullptr);
  }
}

void Membership::assign(rd_kafka_topic_partition_list_t& places) {
  for (int i = 0; i < places.cnt; ++i) places.elems[i].offset = RD_KAFKA_OFFSET_END;
  if (auto* error = rd_kafka_incremental_assign(client_.get(), &places))
    return note(to_string(error_of(error, "taking partitions")));
  rd_kafka_pause_partitions(client_.get(), &places);
  auto partitions = partitions_of(places);
  for (const auto& partition : partitions) committed_[partition] = -1;
  note(std::nullopt);
  if (partitions.empty()) return;
  boost::asio::post(executor_,
                    [this, partitions = std::move(partitions)] { work_->begin(partitions); });
}

/// Also what was lost: others may be at work there already.
void Membership::revoke(rd_kafka_topic_partition_list_t& places) {
  if (rd_kafka_assignment_lost(client_.get()))
    note("was left out of its group; joining again");
  else
    commit_taken();
  auto partitions = partitions_of(places);
  for (const auto& partition : partitions) committed_.erase(partition);
  end_work(std::move(partitions));
  if (auto* error = rd_kafka_incremental_unassign(client_.get(), &places))
    note(to_string(error_of(error, "giving partitions back")));
}

/// Heartbeats go on meanwhile, on librdkafka's own thread.
void Membership::end_work(std::vector<Partition> partitions) {
  if (partitions.empty()) return;
  const auto ended = std::make_shared<std::promise<void>>();
  auto future = ended->get_future();
  boost::asio::post(executor_, [this, ended, partitions = std::move(partitions)]() mutable {
    boost::asio::co_spawn(executor_, work_->end(std::move(partitions)),
                          [ended](const std::exception_ptr&) { ended->set_value(); });
  });
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!abandoned_ && std::chrono::steady_clock::now() < deadline)
    if (future.wait_for(kPoll) == std::future_status::ready) return;
}

void Membership::commit_taken() {
  if (!taken_) return;
  const Message heard(rd_kafka_consumer_poll(taken_.get(), 0));  // of those before, by on_commit()
  const Places places(rd_kafka_topic_partition_list_new(0));
  for (const auto& [topic, stream] : topics_)
    for (auto& [partition, committed] : committed_) {
      if (partition.stream != stream) continue;
      const auto taken = group_.taken(partition);
      if (!taken || *taken == committed) continue;
      rd_kafka_topic_partition_list_add(places.get(), topic.c_str(), partition.number)->offset =
          committed = *taken;
    }
  if (places->cnt == 0) return;
  const Queue answers(rd_kafka_queue_get_consumer(taken_.get()));
  rd_kafka_commit_queue(taken_.get(), places.get(), answers.get(), &Membership::on_commit, this);
}

/// What was not taken is sent again with the next.
void Membership::on_commit(rd_kafka_t*, rd_kafka_resp_err_t code,
                           rd_kafka_topic_partition_list_t* places, void* opaque) {
  auto& self = *static_cast<Membership*>(opaque);
  if (!code || !places) return;
  for (const auto& partition : self.partitions_of(*places))
    if (const auto found = self.committed_.find(partition); found != self.committed_.end())
      found->second = -1;
}

std::vector<Partition> Membership::partitions_of(
    const rd_kafka_topic_partition_list_t& places) const {
  std::vector<Partition> partitions;
  for (int i = 0; i < places.cnt; ++i)
    if (const auto found = topics_.find(places.elems[i].topic); found != topics_.end())
      partitions.push_back({found->second, static_cast<std::uint16_t>(places.elems[i].partition)});
  return partitions;
}

}  // namespace motorcade::kafka
