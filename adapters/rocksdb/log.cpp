#include "adapters/rocksdb/log.hpp"

#include <rocksdb/utilities/checkpoint.h>

#include "adapters/rocksdb/committer.hpp"
#include "adapters/rocksdb/reading.hpp"

namespace motorcade::rocks {
namespace {

constexpr std::size_t kReaderThreads = 2;

class Writer final : public ports::PartitionWriter {
 public:
  Writer(std::shared_ptr<Committer> committer, Partition partition, std::uint64_t epoch)
      : committer_(std::move(committer)), partition_(partition), epoch_(epoch) {}

  asio::awaitable<ports::AppendOutcome> append(Sequence next,
                                               std::vector<std::string>& envelopes) override {
    // The committing thread reads them from here; the caller's vector may die with the caller.
    auto held = std::make_shared<std::vector<std::string>>(std::move(envelopes));
    std::function<void(ports::Answer<ports::AppendOutcome>)> start =
        [this, next, held](ports::Answer<ports::AppendOutcome> answer) {
          committer_->submit(Append{partition_, epoch_, next, held, std::move(answer)});
        };
    auto outcome = co_await ports::async_answer<ports::AppendOutcome>(std::move(start));
    if (outcome.outcome != ports::Appended::kCommitted) envelopes = std::move(*held);
    co_return outcome;
  }

 private:
  std::shared_ptr<Committer> committer_;
  Partition partition_;
  std::uint64_t epoch_;
};

}  // namespace

Result<std::unique_ptr<Log>> Log::open(const Options& options) {
  TRY(auto committer, Committer::open(options));
  return std::unique_ptr<Log>(new Log(std::move(committer)));
}

Log::Log(std::shared_ptr<Committer> committer)
    : committer_(std::move(committer)), readers_(kReaderThreads) {}

Log::~Log() {
  readers_.join();
  committer_->close();
}

ports::LogState Log::state() const {
  const auto state = committer_->with_database([](Database& it) { return it.state(); });
  return state ? *state : ports::LogState::kMoved;  // who cannot be read is not open
}

Result<void> Log::set_state(ports::LogState state) {
  return committer_->with_database([state](Database& it) { return it.set_state(state); });
}

const ports::LogBirth& Log::birth() const {
  return committer_->birth();
}

template <class T>
asio::awaitable<Result<T>> Log::on_reader(std::function<Result<T>()> work) {
  return ports::offload<Result<T>>(readers_.get_executor(), std::move(work));
}

asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> Log::take_over(
    Partition partition) {
  CO_TRY_VOID(check_partition(birth().counts, partition));
  std::function<void(ports::Answer<Result<std::uint64_t>>)> start =
      [this, partition](ports::Answer<Result<std::uint64_t>> answer) {
        committer_->submit(TakeOver{partition, std::move(answer)});
      };
  auto taken = co_await ports::async_answer<Result<std::uint64_t>>(std::move(start));
  CO_TRY(const auto epoch, std::move(taken));
  co_return std::make_unique<Writer>(committer_, partition, epoch);
}

asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> Log::read(Partition partition,
                                                                      Sequence from,
                                                                      std::size_t max_bytes) {
  CO_TRY_VOID(check_partition(birth().counts, partition));
  const auto end = committer_->event_ends().end(partition);
  if (from.value >= end) co_return std::vector<ports::StoredEnvelope>{};
  std::function<Result<std::vector<ports::StoredEnvelope>>()> work = [=, this] {
    return committer_->with_database(
        [&](Database& database) { return read_events(database, partition, from, max_bytes); });
  };
  auto found = co_await on_reader<std::vector<ports::StoredEnvelope>>(std::move(work));
  if (found && found->empty())
    co_return log_failure(LogErrc::kDamaged, to_string(Position{partition, from}) +
                                                 " is missing; the end is " + std::to_string(end));
  co_return found;
}

asio::awaitable<Result<Sequence>> Log::end(Partition partition) {
  CO_TRY_VOID(check_partition(birth().counts, partition));
  co_return Sequence{committer_->event_ends().end(partition)};
}

asio::awaitable<void> Log::wait_for_events(Partition partition, Sequence from) {
  return committer_->event_ends().wait_beyond(partition, from.value);
}

asio::awaitable<Result<InboxPosition>> Log::send(Partition partition,
                                                 std::vector<std::string> records) {
  CO_TRY_VOID(check_partition(birth().counts, partition));
  auto held = std::make_shared<std::vector<std::string>>(std::move(records));
  std::function<void(ports::Answer<Result<InboxPosition>>)> start =
      [this, partition, held](ports::Answer<Result<InboxPosition>> answer) {
        committer_->submit(Send{partition, std::move(*held), std::move(answer)});
      };
  co_return co_await ports::async_answer<Result<InboxPosition>>(std::move(start));
}

asio::awaitable<Result<std::vector<ports::PlacedRecord>>> Log::read_inbox(Partition partition,
                                                                          InboxPosition from,
                                                                          std::size_t max_records) {
  CO_TRY_VOID(check_partition(birth().counts, partition));
  if (from.value >= committer_->inbox_ends().end(partition))
    co_return std::vector<ports::PlacedRecord>{};
  std::function<Result<std::vector<ports::PlacedRecord>>()> work = [=, this] {
    const auto begin = committer_->inbox_begin(partition);
    return committer_->with_database([&](Database& database) {
      return read_records(database, partition, begin, from, max_records);
    });
  };
  co_return co_await on_reader<std::vector<ports::PlacedRecord>>(std::move(work));
}

asio::awaitable<void> Log::wait_for_records(Partition partition, InboxPosition from) {
  return committer_->inbox_ends().wait_beyond(partition, from.value);
}

asio::awaitable<Result<void>> Log::trim(Partition partition, InboxPosition through) {
  CO_TRY_VOID(check_partition(birth().counts, partition));
  std::function<void(ports::Answer<Result<void>>)> start =
      [this, partition, through](ports::Answer<Result<void>> answer) {
        committer_->submit(Trim{partition, through, std::move(answer)});
      };
  co_return co_await ports::async_answer<Result<void>>(std::move(start));
}

void Log::record(ports::TelemetryRecord record, ports::Answer<Result<void>> answer) {
  committer_->submit(RecordTelemetry{std::move(record), std::move(answer)});
}

asio::awaitable<Result<void>> Log::checkpoint(std::filesystem::path target) {
  std::function<Result<void>()> work = [this, target = std::move(target)] {
    return committer_->with_database([&](Database& database) -> Result<void> {
      if (std::filesystem::exists(target))
        return log_failure(LogErrc::kAlreadyThere, target.string());
      ::rocksdb::Checkpoint* made = nullptr;
      auto status = ::rocksdb::Checkpoint::Create(&database.db(), &made);
      const std::unique_ptr<::rocksdb::Checkpoint> checkpoint(made);
      if (status.ok()) status = checkpoint->CreateCheckpoint(target.string());
      if (status.ok()) return {};
      return tl::unexpected(error_of(status, "copying the log to " + target.string()));
    });
  };
  co_return co_await on_reader<void>(std::move(work));
}

}  // namespace motorcade::rocks
