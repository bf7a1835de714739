#include <boost/asio/steady_timer.hpp>
#include <mutex>

#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "adapters/rocksdb/reading.hpp"
#include "engine/ports/async_answer.hpp"

namespace motorcade::rocks {
namespace {

constexpr std::chrono::milliseconds kPollPause{50};
constexpr int kAttempts = 5;

class Follower final : public ports::EventLog {
 public:
  explicit Follower(std::unique_ptr<Database> database)
      : database_(std::move(database)), reader_(1) {}
  ~Follower() override { reader_.join(); }

  [[nodiscard]] const ports::LogBirth& birth() const override { return database_->birth(); }

  asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> take_over(
      Partition partition) override {
    co_return log_failure(LogErrc::kReadOnly, "taking over " + to_string(partition));
  }

  asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> read(Partition partition,
                                                                   Sequence from,
                                                                   std::size_t max_bytes) override {
    CO_TRY_VOID(check_partition(birth().counts, partition));
    using Found = Result<std::vector<ports::StoredEnvelope>>;
    std::function<Found()> work = [=, this]() -> Found {
      auto found = read_events(*database_, partition, from, max_bytes);
      if (!found || !found->empty()) return found;
      TRY_VOID(catch_up());
      return read_events(*database_, partition, from, max_bytes);
    };
    co_return co_await ports::offload<Found>(reader_.get_executor(), std::move(work));
  }

  asio::awaitable<Result<Sequence>> end(Partition partition) override {
    CO_TRY_VOID(check_partition(birth().counts, partition));
    std::function<Result<Sequence>()> work = [=, this]() -> Result<Sequence> {
      TRY_VOID(catch_up());
      TRY(const auto end, database_->events_end(partition));
      return Sequence{end};
    };
    co_return co_await ports::offload<Result<Sequence>>(reader_.get_executor(), std::move(work));
  }

  asio::awaitable<void> wait_for_events(Partition partition, Sequence from) override {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (true) {
      const auto now = co_await end(partition);
      if (now && *now > from) co_return;
      pause.expires_after(kPollPause);
      const auto [error] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
    }
  }

 private:
  /// The writer may delete a file between our learning of it and opening it; then there is a newer
  /// list of files to learn.
  Result<void> catch_up() {
    auto status = database_->db().TryCatchUpWithPrimary();
    for (int again = 0; !status.ok() && again < kAttempts; ++again)
      status = database_->db().TryCatchUpWithPrimary();
    if (status.ok()) return {};
    return tl::unexpected(error_of(status, "following the log"));
  }

  std::unique_ptr<Database> database_;
  asio::thread_pool reader_;  ///< one thread: RocksDB reads and catches up one after the other
};

}  // namespace

Result<std::unique_ptr<ports::EventLog>> open_secondary(const std::filesystem::path& directory,
                                                        const std::filesystem::path& scratch) {
  auto database = Database::open_secondary(directory, scratch);
  for (int again = 0; !database && again < kAttempts; ++again)
    database = Database::open_secondary(directory, scratch);
  if (!database) return tl::unexpected(std::move(database).error());
  return std::make_unique<Follower>(*std::move(database));
}

}  // namespace motorcade::rocks
