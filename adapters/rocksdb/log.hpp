// The embedded log: the ports of engine/ports/log.hpp on one RocksDB database in one directory,
// written by one process (design §2).
//
// Reads run on threads of the log's own, writes on its committing thread; both resume the caller on
// its executor, which is a strand or run by one thread. The log outlives what waits for it; a
// PartitionWriter may outlive the log, and is then refused.
#pragma once
#include <boost/asio/thread_pool.hpp>

#include "adapters/rocksdb/options.hpp"
#include "engine/ports/movable_log.hpp"
#include "engine/ports/telemetry.hpp"

namespace motorcade::rocks {

namespace asio = boost::asio;
class Committer;

class Log final : public ports::MovableLog, public ports::Telemetry {
 public:
  /// Makes the log if the directory holds none. Refuses what is in use elsewhere (the directory
  /// lock is the fence), was born with other partition counts, has moved, or
  /// is damaged.
  static Result<std::unique_ptr<Log>> open(const Options& options);
  ~Log() override;

  [[nodiscard]] const ports::LogBirth& birth() const override;
  asio::awaitable<Result<std::unique_ptr<ports::PartitionWriter>>> take_over(
      Partition partition) override;
  asio::awaitable<Result<std::vector<ports::StoredEnvelope>>> read(Partition partition,
                                                                   Sequence from,
                                                                   std::size_t max_bytes) override;
  asio::awaitable<Result<Sequence>> end(Partition partition) override;
  asio::awaitable<void> wait_for_events(Partition partition, Sequence from) override;

  asio::awaitable<Result<InboxPosition>> send(Partition partition,
                                              std::vector<std::string> records) override;
  asio::awaitable<Result<std::vector<ports::PlacedRecord>>> read_inbox(
      Partition partition, InboxPosition from, std::size_t max_records) override;
  asio::awaitable<void> wait_for_records(Partition partition, InboxPosition from) override;
  asio::awaitable<Result<void>> trim(Partition partition, InboxPosition through) override;

  [[nodiscard]] ports::LogState state() const override;
  Result<void> set_state(ports::LogState state) override;

  /// Not synced by itself.
  void record(ports::TelemetryRecord record, ports::Answer<Result<void>> answer) override;

  /// A backup of all that is committed, taken while the log is used, as a log of its own in
  /// `target`, which must not exist. Tables are hard links if the file system allows it.
  asio::awaitable<Result<void>> checkpoint(std::filesystem::path target);

 private:
  explicit Log(std::shared_ptr<Committer> committer);
  template <class T>
  asio::awaitable<Result<T>> on_reader(std::function<Result<T>()> work);

  std::shared_ptr<Committer> committer_;
  asio::thread_pool readers_;
};

/// Follows a log that another process may be writing. Reads only; waiting polls every 50 ms.
/// `scratch` is a directory of the follower's own. It sees an append before its sync is done, so
/// what it read may be gone after a power failure.
[[nodiscard]] Result<std::unique_ptr<ports::EventLog>> open_secondary(
    const std::filesystem::path& directory, const std::filesystem::path& scratch);

/// Copies a checkpoint to `target`, which must not exist, under a new incarnation. Sequences and
/// chain go on. Whatever the original wrote after the checkpoint is not in it, so its old name
/// would let receivers take new messages for old ones. Unread messages between state machines get
/// the new name too: they were acknowledged, and nobody sends them again.
[[nodiscard]] Result<ports::LogBirth> restore(const std::filesystem::path& backup,
                                              const std::filesystem::path& target);

}  // namespace motorcade::rocks
