#include "adapters/kafka/sender.hpp"

#include "adapters/kafka/error.hpp"

namespace motorcade::kafka {

/// Records that were sent together. Each that is under way holds a share; the last one answers,
/// unless the caller has waited long enough before.
class Sending {
 public:
  Sending(Feed feed, ports::Answer<Result<InboxPosition>> answer)
      : feed_(feed), answer_(std::move(answer)) {}
  ~Sending() {
    if (failed_)
      answer(tl::unexpected(*std::move(failed_)));
    else
      answer(InboxPosition{first_});
  }
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;

  [[nodiscard]] const Feed& feed() const { return feed_; }
  void delivered(std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    first_ = std::min(first_, position);
  }
  void failed(rd_kafka_resp_err_t code) {
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = error_of(code, "sending to " + to_string(feed_));
  }
  void give_up() {
    answer(log_failure(LogErrc::kUnreachable,
                       "sending to " + to_string(feed_) + "; the records go on being tried"));
  }

 private:
  void answer(Result<InboxPosition> result) {
    if (!answered_.exchange(true)) answer_(std::move(result));
  }

  const Feed feed_;
  ports::Answer<Result<InboxPosition>> answer_;
  std::atomic<bool> answered_ = false;
  std::mutex mutex_;
  std::uint64_t first_ = UINT64_MAX;
  std::optional<Error> failed_;
};

namespace {

using Share = std::shared_ptr<Sending>;
constexpr int kLookMs = 50;  ///< how often what is overdue is looked for

}  // namespace

Result<std::unique_ptr<Sender>> Sender::open(const Options& options, Tail& tail,
                                             const InboxBases& bases) {
  std::unique_ptr<Sender> sender(new Sender(options, tail, bases));
  TRY(sender->producer_, sender->connect());
  sender->thread_ = std::thread([&it = *sender] { it.run(); });
  return sender;
}

Sender::Sender(const Options& options, Tail& tail, const InboxBases& bases) : options_(options) {
  callbacks_.delivered = [&tail, &bases](const rd_kafka_message_t& message) {
    const std::unique_ptr<Share> share(static_cast<Share*>(message._private));
    if (message.err) return (*share)->failed(message.err);
    const auto offset = static_cast<std::uint64_t>(message.offset);
    const auto position = base_of(bases, (*share)->feed()) + offset;
    tail.expect((*share)->feed(), position + 1);
    (*share)->delivered(position);
  };
}

Sender::~Sender() {
  closing_ = true;
  if (thread_.joinable()) thread_.join();
  if (producer_) end(std::move(producer_));
}

Result<Client> Sender::connect() {
  auto settings = producer_settings(options_);
  // Records of many who send wait for each other: a request costs more than a record, and librdkafka
  // spins while more of them wait than may be under way.
  settings.emplace_back("linger.ms", "5");
  settings.emplace_back("message.timeout.ms", "0");  // for ever: what was taken is not given up
  settings.emplace_back("queue.buffering.max.kbytes",
                        std::to_string(options_.max_queued_bytes >> 10));
  for (auto& setting : statistics_settings(options_)) settings.push_back(std::move(setting));
  return make_client(RD_KAFKA_PRODUCER, options_, settings, &callbacks_);
}

/// What is under way is answered as failed.
void Sender::end(Client producer) const {
  rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer.get(), milliseconds(options_.operation_timeout));
}

void Sender::run() {
  while (!closing_) {
    rd_kafka_poll(producer_.get(), kLookMs);
    answer_overdue();
    if (rd_kafka_fatal_error(producer_.get(), nullptr, 0)) renew();
  }
}

void Sender::answer_overdue() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<Share> overdue;  // answered without the mutex: they may be the last
  {
    const std::lock_guard lock(mutex_);
    for (auto& [partition, lane] : lanes_)
      for (auto& waiting = lane.waiting; !waiting.empty(); waiting.pop_front()) {
        auto sending = waiting.front().second.lock();
        if (sending && waiting.front().first > now) break;
        if (!sending) continue;
        lane.overdue = sending;
        overdue.push_back(std::move(sending));
      }
  }
  for (const auto& sending : overdue) sending->give_up();
}

/// The producer's sequence numbers no longer fit the brokers': only a new session can go on.
void Sender::renew() {
  auto fresh = connect();
  if (!fresh) return;  // until then who sends is told
  {
    const std::lock_guard lock(mutex_);
    producer_.swap(*fresh);
  }
  end(*std::move(fresh));
}

void Sender::send(Partition partition, const std::vector<std::string>& records,
                  ports::Answer<Result<InboxPosition>> answer) {
  const Feed feed{Kind::kInbox, partition};
  const auto topic = topic_of(options_.prefix, feed.kind, partition.stream);
  Share sending;
  const std::lock_guard lock(mutex_);
  auto& lane = lanes_[partition];
  if (!lane.overdue.expired())
    return answer(log_failure(LogErrc::kBusy, "sending to " + to_string(feed)));
  sending = std::make_shared<Sending>(feed, std::move(answer));
  lane.waiting.emplace_back(std::chrono::steady_clock::now() + options_.operation_timeout, sending);
  for (const auto& record : records) {
    auto share = std::make_unique<Share>(sending);
    const auto code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition.number),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(const_cast<char*>(record.data()), record.size()),
        RD_KAFKA_V_OPAQUE(share.get()), RD_KAFKA_V_END);
    if (code) return sending->failed(code);
    (void)share.release();  // comes back with the delivery report
  }
}

}  // namespace motorcade::kafka
