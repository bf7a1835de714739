// The one thread that writes. It takes what is queued, of all partitions, as one group: one
// RocksDB write batch, synced once if an append is in it. (Inbox records and trims need no sync of
// their own: the owner's commit comes later in the same write-ahead log, and only the owner
// acknowledges. Telemetry may be lost.)
//
// After a failed write nothing that RocksDB holds in memory is trusted: the database is reopened,
// and what the files then say decides the group: committed or aborted. Only if it cannot be
// reopened is the answer unknown, and the log closed until it can.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <variant>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/head_file.hpp"
#include "engine/ports/async_answer.hpp"
#include "engine/ports/growing_ends.hpp"
#include "engine/ports/telemetry.hpp"

namespace motorcade::rocks {

struct Append {
  Partition partition;
  std::uint64_t epoch{};
  Sequence next;
  std::shared_ptr<const std::vector<std::string>> envelopes;
  ports::Answer<ports::AppendOutcome> answer;
};
struct Send {
  Partition partition;
  std::vector<std::string> records;
  ports::Answer<Result<InboxPosition>> answer;
};
struct Trim {
  Partition partition;
  InboxPosition through;
  ports::Answer<Result<void>> answer;
};
/// Answers the new writer's epoch: what was queued before it is decided.
struct TakeOver {
  Partition partition;
  ports::Answer<Result<std::uint64_t>> answer;
};
/// Gives way when much is queued.
struct RecordTelemetry {
  ports::TelemetryRecord record;
  ports::Answer<Result<void>> answer;
};
using Request = std::variant<Append, Send, Trim, TakeOver, RecordTelemetry>;

class Group;

class Committer {
 public:
  static Result<std::shared_ptr<Committer>> open(const Options& options);
  ~Committer();
  /// Commits what is queued and ends; later requests are refused. Answers are posted, not awaited.
  void close();

  /// From any thread.
  void submit(Request request);
  /// f(Database&) -> Result<…>, while the database is open and cannot be reopened.
  template <class F>
  auto with_database(F f) -> decltype(f(std::declval<Database&>())) {
    const std::shared_lock lock(database_mutex_);
    if (!database_) return tl::unexpected(closed_because_);
    return f(*database_);
  }
  [[nodiscard]] const ports::LogBirth& birth() const { return birth_; }
  [[nodiscard]] ports::GrowingEnds& event_ends() { return event_ends_; }
  [[nodiscard]] ports::GrowingEnds& inbox_ends() { return inbox_ends_; }
  [[nodiscard]] InboxPosition inbox_begin(Partition partition) const;

 private:
  explicit Committer(const Options& options);
  void run();
  std::vector<Request> take_group();
  void commit(std::vector<Request> group);
  void write(Group& group);
  void after_failed_write(Group& group, Error error);
  bool recover();
  Result<void> check_ready();
  Result<void> check_room(std::uint64_t needed);
  Result<AllPlaces> reopen();
  void publish(const AllPlaces& places);
  void expire();

  const Options options_;
  ports::LogBirth birth_;
  ports::GrowingEnds event_ends_, inbox_ends_;

  // The committing thread's own.
  AllPlaces places_;
  std::unique_ptr<HeadFile> heads_;
  std::map<Partition, std::uint64_t> epochs_;
  std::vector<AllPlaces> possible_;  ///< after a failed write
  std::chrono::steady_clock::time_point next_recovery_;
  std::uint32_t telemetry_count_;  ///< begins anywhere: a clock may be set back
  Time next_expiry_ = Time::min();

  mutable std::shared_mutex database_mutex_;  ///< held exclusively only to reopen
  std::unique_ptr<Database> database_;
  Error closed_because_;

  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<Request> queue_;
  std::size_t queued_bytes_ = 0;
  bool closing_ = false;
  std::map<Partition, std::uint64_t> inbox_begins_;

  std::thread thread_;
};

}  // namespace motorcade::rocks
