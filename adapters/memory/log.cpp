#include "adapters/memory/log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace motorcade::memory {

using ports::Appended;
using ports::AppendOutcome;

struct Log::Process {
  std::shared_ptr<Store> store;
  Faults faults;
  Limits limits;
  bool alive = true;

  [[nodiscard]] Result<void> check(Partition partition) const {
    if (!alive) return failure(std::errc::connection_aborted, "the process has ended");
    if (partition.number < store->birth().counts.of(partition.stream)) return {};
    return failure(std::errc::no_such_device, "no partition " + to_string(partition));
  }
};

namespace {

/// Lets others come between.
asio::awaitable<void> step_aside() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

asio::awaitable<void> pass_time(const std::function<asio::awaitable<void>()>& time) {
  co_await step_aside();
  if (time) co_await time();
}

AppendOutcome answer(Appended outcome, std::errc code, std::string why) {
  return {outcome, {std::make_error_code(code), std::move(why)}};
}

class Writer final : public ports::PartitionWriter {
 public:
  Writer(std::shared_ptr<Log::Process> process, Partition partition, std::uint64_t epoch)
      : process_(std::move(process)), partition_(partition), epoch_(epoch) {}

  asio::awaitable<AppendOutcome> append(Sequence next,
                                        std::vector<std::string>& envelopes) override {
    const auto process = process_;  // may outlive this writer
    co_await pass_time(process->faults.before);
    auto outcome = apply(next, envelopes);
    co_await pass_time(process->faults.after);
    co_return outcome;
  }

 private:
  AppendOutcome apply(Sequence next, std::vector<std::string>& envelopes) {
    auto& store = *process_->store;
    if (auto refused = check(next, envelopes)) return *std::move(refused);
    AppendFate fate;
    if (process_->faults.append) fate = process_->faults.append(partition_, next, envelopes.size());
    switch (fate.fault) {
      case AppendFault::kNone:
        store.append(partition_, std::exchange(envelopes, {}));
        return {Appended::kCommitted, {}};
      case AppendFault::kAborted:
        return answer(Appended::kAborted, std::errc::no_space_on_device, "injected: aborted");
      case AppendFault::kFenced:
        store.take_over(partition_);
        return answer(Appended::kFenced, std::errc::operation_not_permitted, "injected: fenced");
      case AppendFault::kUnknown:
        break;
    }
    const auto applied = std::min(fate.applied, envelopes.size());
    if (applied > 0)
      store.append(partition_,
                   {envelopes.begin(), envelopes.begin() + static_cast<std::ptrdiff_t>(applied)});
    store.take_over(partition_);  // nobody goes on without folding what is there
    return answer(Appended::kUnknown, std::errc::timed_out, "injected: unknown");
  }

  [[nodiscard]] std::optional<AppendOutcome> check(
      Sequence next, const std::vector<std::string>& envelopes) const {
    auto& store = *process_->store;
    if (auto alive = process_->check(partition_); !alive)
      return AppendOutcome{Appended::kAborted, alive.error()};
    std::size_t bytes = 0;
    for (const auto& envelope : envelopes) {
      bytes += envelope.size();
      if (envelope.size() > kMaxEnvelopeBytes)
        return answer(Appended::kAborted, std::errc::message_size, "an envelope is too large");
    }
    if (envelopes.empty() || bytes > process_->limits.max_append_bytes)
      return answer(Appended::kAborted, std::errc::message_size,
                    "the append is empty or too large");
    if (store.epoch(partition_) != epoch_)
      return answer(Appended::kFenced, std::errc::operation_not_permitted, "a newer writer");
    if (store.events(partition_).size() != next.value)
      return answer(Appended::kFenced, std::errc::operation_not_permitted, "not the next sequence");
    return std::nullopt;
  }

  std::shared_ptr<Log::Process> process_;
  Partition partition_;
  std::uint64_t epoch_;
};

}  // namespace

Log::Log(std::shared_ptr<Store> store, Faults faults, Limits limits)
    : process_(std::make_shared<Process>(Process{std::move(store), std::move(faults), limits})) {}

Log::~Log() {
  kill();
}

void Log::kill() {
  process_->alive = false;
}

const ports::LogBirth& Log::birth() const {
  return process_->store->birth();
}

asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> Log::take_over(
    Partition partition) {
  const auto process = process_;
  co_await step_aside();
  CO_TRY_VOID(process->check(partition));
  co_return std::make_unique<Writer>(process, partition, process->store->take_over(partition));
}

asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> Log::read(Partition partition,
                                                                      Sequence from,
                                                                      std::size_t max_bytes) {
  const auto process = process_;
  co_await step_aside();
  CO_TRY_VOID(process->check(partition));
  const auto& events = process->store->events(partition);
  std::vector<ports::StoredEnvelope> found;
  std::size_t bytes = 0;
  for (auto at = from.value; at < events.size() && (found.empty() || bytes < max_bytes); ++at) {
    found.push_back({{at}, events[at]});
    bytes += events[at].size();
  }
  co_return found;
}

asio::awaitable<Result<Sequence>> Log::end(Partition partition) {
  const auto process = process_;
  co_await step_aside();
  CO_TRY_VOID(process->check(partition));
  co_return Sequence{process->store->events(partition).size()};
}

asio::awaitable<void> Log::wait_for_events(Partition partition, Sequence from) {
  return process_->store->event_ends().wait_beyond(partition, from.value);
}

asio::awaitable<Result<InboxPosition>> Log::send(Partition partition,
                                                 std::vector<std::string> records) {
  const auto process = process_;
  co_await pass_time(process->faults.before);
  CO_TRY_VOID(process->check(partition));
  if (records.empty()) co_return failure(std::errc::invalid_argument, "sending nothing");
  for (const auto& record : records)
    if (record.size() > process->limits.max_record_bytes)
      co_return failure(std::errc::message_size, "a record is too large");
  auto fault = SendFault::kNone;
  if (process->faults.send) fault = process->faults.send(partition, records.size());
  auto& store = *process->store;
  InboxPosition first;
  if (fault == SendFault::kArrivesLate) store.put_late(partition, std::move(records));
  if (fault == SendFault::kNone || fault == SendFault::kArrives)
    first = store.put(partition, std::move(records));
  co_await pass_time(process->faults.after);
  if (fault != SendFault::kNone) co_return failure(std::errc::timed_out, "injected: send failed");
  co_return first;
}

asio::awaitable<Result<std::vector<ports::PlacedRecord>>> Log::read_inbox(Partition partition,
                                                                          InboxPosition from,
                                                                          std::size_t max_records) {
  const auto process = process_;
  co_await step_aside();
  CO_TRY_VOID(process->check(partition));
  co_return process->store->records(partition, from, max_records);
}

asio::awaitable<void> Log::wait_for_records(Partition partition, InboxPosition from) {
  return process_->store->inbox_ends().wait_beyond(partition, from.value);
}

asio::awaitable<Result<void>> Log::trim(Partition partition, InboxPosition through) {
  const auto process = process_;
  co_await step_aside();
  CO_TRY_VOID(process->check(partition));
  process->store->trim(partition, through);
  co_return Result<void>{};
}

}  // namespace motorcade::memory
