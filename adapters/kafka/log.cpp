#include "adapters/kafka/log.hpp"

#include <boost/asio/thread_pool.hpp>

#include "adapters/kafka/birth.hpp"
#include "adapters/kafka/error.hpp"
#include "adapters/kafka/history.hpp"
#include "adapters/kafka/monitor.hpp"
#include "adapters/kafka/sender.hpp"
#include "adapters/kafka/session.hpp"
#include "engine/ports/async_answer.hpp"

namespace motorcade::kafka {
namespace {

/// Per partition: those that block while they ask the brokers, and that read it at the same time.
constexpr std::size_t kThreads = 2, kReaders = 4;

std::size_t partitions_of(const PartitionCounts& counts) {
  return std::size_t{counts.vehicle} + counts.campaign + counts.catalog;
}

}  // namespace

struct Log::Shared {
  Options options;
  std::optional<Admin> admin;
  Birth birth;
  std::unique_ptr<Tail> tail;
  std::unique_ptr<History> history;
  std::unique_ptr<Sender> sender;
  std::optional<asio::thread_pool> threads;
  std::atomic<bool> closed = false;
  std::mutex taken_mutex;
  std::map<Partition, InboxPosition> taken;  ///< of inboxes that are read here

  explicit Shared(const Options& given) : options(given) {
    if (!options.monitor) options.monitor = std::make_shared<Monitor>(nullptr, nullptr);
  }
  [[nodiscard]] Result<void> check(Partition partition) const {
    if (partition.number < birth.log.counts.of(partition.stream)) return {};
    return log_failure(LogErrc::kNoPartition, to_string(partition));
  }
  template <class T>
  [[nodiscard]] Result<T> explained(Result<T> result) const {
    if (result) return result;
    return tl::unexpected(options.monitor->explain(std::move(result).error()));
  }
  template <class T>
  asio::awaitable<Result<T>> on_thread(std::function<Result<T>()> work) {
    std::function<Result<T>()> explaining = [this, task = std::move(work)] {
      return explained(task());
    };
    return ports::offload<Result<T>>(threads->get_executor(), std::move(explaining));
  }
  /// From memory if it is there, else from the brokers. That an inbox is empty is for the brokers
  /// to say: owners rest on it when they let time pass (truth 5), and others append too.
  Result<std::vector<Record>> read_blocking(const Feed& feed, std::uint64_t from,
                                            const Amount& amount) {
    TRY_VOID(tail->follow(feed));
    TRY(auto view, tail->view(feed, from, amount));
    if (feed.kind == Kind::kInbox && view.cached && view.records.empty()) {
      TRY(const auto end, tail->catch_up(feed));
      if (end > from) {
        TRY(view, tail->view(feed, from, amount));
      }
    }
    if (view.cached) return std::move(view.records);
    return history->read(feed, std::max(from, view.begin), view.end, amount);
  }
  /// What memory has is answered at once: readers of a partition that is out of reach hold up no
  /// others.
  asio::awaitable<Result<std::vector<Record>>> read(Feed feed, std::uint64_t from, Amount amount) {
    auto found = tail->peek(feed, from, amount);
    if (found && (feed.kind == Kind::kEvents || !found->empty())) co_return *std::move(found);
    std::function<Result<std::vector<Record>>()> work = [=, this] {
      return read_blocking(feed, from, amount);
    };
    co_return co_await on_thread(std::move(work));
  }
  asio::awaitable<void> wait(Feed feed, std::uint64_t from) {
    if (!tail->follows(feed)) {
      std::function<Result<void>()> work = [=, this] { return tail->follow(feed); };
      const auto followed = co_await on_thread(std::move(work));
      const auto state = co_await asio::this_coro::cancellation_state;
      // Who cannot be told when it grows looks for himself, and learns why.
      if (!followed || state.cancelled() != asio::cancellation_type::none) co_return;
    }
    co_await tail->ends(feed.kind).wait_beyond(feed.partition, from);
  }
};

namespace {

/// The session's one owner: what runs on the session's thread must not be the last to hold it.
class Writer final : public ports::PartitionWriter {
 public:
  Writer(std::shared_ptr<Log::Shared> shared, std::unique_ptr<Session> session)
      : shared_(std::move(shared)), session_(std::move(session)) {}
  ~Writer() override {  // elsewhere: ending a producer, and what it is at, takes a moment
    asio::post(*shared_->threads, [session = std::move(session_)]() mutable { session.reset(); });
  }

  asio::awaitable<ports::AppendOutcome> append(Sequence next,
                                               std::vector<std::string>& envelopes) override {
    if (shared_->closed)
      co_return ports::AppendOutcome{ports::Appended::kAborted,
                                     {make_error_code(LogErrc::kClosed), "appending"}};
    if (auto refused = session_->refuse(next, envelopes)) co_return *std::move(refused);
    auto held = std::make_shared<std::vector<std::string>>(std::move(envelopes));
    std::function<ports::AppendOutcome()> work = [session = session_.get(), held] {
      return session->append(*held);
    };
    auto outcome = co_await ports::offload<ports::AppendOutcome>(session_->thread().get_executor(),
                                                                 std::move(work));
    if (outcome.outcome != ports::Appended::kCommitted) {
      envelopes = std::move(*held);
      outcome.error = shared_->options.monitor->explain(std::move(outcome.error));
    }
    co_return outcome;
  }

 private:
  std::shared_ptr<Log::Shared> shared_;
  std::unique_ptr<Session> session_;
};

/// Who moves the log fences first and says so before: who takes over later sees it.
Result<std::uint64_t> take_over_open(const Log::Shared& shared, Session& session) {
  TRY(const auto next, session.take_over());
  if (shared.options.moving || shared.options.heritage) return next;
  TRY(const auto birth, read_again(shared.options, *shared.admin));
  if (birth.state == ports::LogState::kOpen) return next;
  return log_failure(LogErrc::kMoved,
                     shared.options.prefix + " is " + std::string(to_string(birth.state)));
}

Result<void> begin(Log::Shared& shared) {
  const auto& options = shared.options;  // outlives what refers to it
  const auto& bases = shared.birth.inbox_bases;
  TRY(shared.admin, Admin::open(options));
  TRY(shared.birth, find_or_make(options, *shared.admin));
  TRY(shared.tail, Tail::open(options, *shared.admin, bases));
  TRY(shared.sender, Sender::open(options, *shared.tail, bases));
  const auto partitions = partitions_of(shared.birth.log.counts);
  shared.history = std::make_unique<History>(options, bases, kReaders * partitions);
  shared.threads.emplace(kThreads * partitions);
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open(const Options& options) {
  auto shared = std::make_shared<Shared>(options);
  TRY_VOID(shared->explained(begin(*shared)));
  return std::unique_ptr<Log>(new Log(std::move(shared)));
}

Log::Log(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

Log::~Log() {
  shared_->closed = true;
  shared_->tail->close();
  shared_->sender.reset();
  shared_->threads->join();
}

ports::LogState Log::state() const {
  return shared_->birth.state;
}

Result<void> Log::set_state(ports::LogState state) {
  auto birth = shared_->birth;
  birth.state = state;
  TRY_VOID(write_again(shared_->options, birth));
  shared_->birth.state = state;
  return {};
}

const ports::LogBirth& Log::birth() const {
  return shared_->birth.log;
}

asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> Log::take_over(
    Partition partition) {
  CO_TRY_VOID(shared_->check(partition));
  auto session = std::make_unique<Session>(shared_->options, *shared_->tail, partition);
  auto& taking = *session;
  std::function<Result<std::uint64_t>()> work = [&taking, &shared = *shared_] {
    return shared.explained(take_over_open(shared, taking));
  };
  auto writer = std::make_unique<Writer>(shared_, std::move(session));
  const auto next = co_await ports::offload<Result<std::uint64_t>>(taking.thread().get_executor(),
                                                                   std::move(work));
  if (!next) co_return tl::unexpected(next.error());
  co_return writer;
}

asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> Log::read(Partition partition,
                                                                      Sequence from,
                                                                      std::size_t max_bytes) {
  CO_TRY_VOID(shared_->check(partition));
  const Feed feed{Kind::kEvents, partition};
  const Amount amount{.bytes = max_bytes};
  CO_TRY(auto records, co_await shared_->read(feed, from.value, amount));
  std::vector<ports::StoredEnvelope> found;
  for (auto& record : records) found.push_back({{record.place}, std::move(record.bytes)});
  co_return found;
}

asio::awaitable<Result<Sequence>> Log::end(Partition partition) {
  CO_TRY_VOID(shared_->check(partition));
  std::function<Result<std::uint64_t>()> work = [this, partition] {
    return shared_->tail->catch_up({Kind::kEvents, partition});
  };
  CO_TRY(const auto end, co_await shared_->on_thread(std::move(work)));
  co_return Sequence{end};
}

asio::awaitable<void> Log::wait_for_events(Partition partition, Sequence from) {
  const Feed feed{Kind::kEvents, partition};
  return shared_->wait(feed, from.value);
}

asio::awaitable<Result<InboxPosition>> Log::send(Partition partition,
                                                 std::vector<std::string> records) {
  CO_TRY_VOID(shared_->check(partition));
  if (records.empty()) co_return log_failure(LogErrc::kBadRequest, "sending nothing");
  for (const auto& record : records)
    if (record.size() > shared_->options.max_record_bytes)
      co_return log_failure(LogErrc::kTooLarge,
                            "a record of " + std::to_string(record.size()) + " bytes");
  auto held = std::make_shared<std::vector<std::string>>(std::move(records));
  std::function<void(ports::Answer<Result<InboxPosition>>)> start =
      [this, partition, held](ports::Answer<Result<InboxPosition>> answer) {
        shared_->sender->send(partition, *held, std::move(answer));
      };
  co_return shared_->explained(
      co_await ports::async_answer<Result<InboxPosition>>(std::move(start)));
}

asio::awaitable<Result<std::vector<ports::PlacedRecord>>> Log::read_inbox(Partition partition,
                                                                          InboxPosition from,
                                                                          std::size_t max_records) {
  CO_TRY_VOID(shared_->check(partition));
  {
    const std::lock_guard lock(shared_->taken_mutex);
    shared_->taken[partition] = from;
  }
  const Feed feed{Kind::kInbox, partition};
  const Amount amount{.records = max_records};
  CO_TRY(auto records, co_await shared_->read(feed, from.value, amount));
  std::vector<ports::PlacedRecord> found;
  for (auto& record : records) found.push_back({{record.place}, std::move(record.bytes)});
  co_return found;
}

std::optional<std::int64_t> Log::taken(Partition partition) const {
  const std::lock_guard lock(shared_->taken_mutex);
  const auto found = shared_->taken.find(partition);
  if (found == shared_->taken.end()) return std::nullopt;
  const auto base = base_of(shared_->birth.inbox_bases, {Kind::kInbox, partition});
  return static_cast<std::int64_t>(found->second.value - std::min(base, found->second.value));
}

asio::awaitable<void> Log::wait_for_records(Partition partition, InboxPosition from) {
  const Feed feed{Kind::kInbox, partition};
  return shared_->wait(feed, from.value);
}

asio::awaitable<Result<void>> Log::trim(Partition partition, InboxPosition through) {
  CO_TRY_VOID(shared_->check(partition));
  std::function<Result<void>()> work = [this, partition, through]() -> Result<void> {
    const Feed feed{Kind::kInbox, partition};
    const auto base = base_of(shared_->birth.inbox_bases, feed);
    TRY_VOID(shared_->admin->trim(feed, through.value - std::min(base, through.value)));
    shared_->tail->trim(feed, through.value);
    return {};
  };
  co_return co_await shared_->on_thread(std::move(work));
}

}  // namespace motorcade::kafka
