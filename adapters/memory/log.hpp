// The log in memory, one process's end of it. Several on one Store are several processes. One
// thread; each operation suspends at least once, so that others may come between.
#pragma once
#include <functional>
#include <memory>

#include "adapters/memory/store.hpp"

namespace motorcade::memory {

namespace asio = boost::asio;

enum class AppendFault {
  kNone,
  kAborted,  ///< nothing is applied, and the answer says so
  kFenced,   ///< as if another writer had taken over
  kUnknown,  ///< the first `applied` envelopes are applied; the answer does not say how many
};
struct AppendFate {
  AppendFault fault = AppendFault::kNone;
  std::size_t applied = 0;  ///< of kUnknown; no more than there are
};
enum class SendFault {
  kNone,
  kLost,         ///< fails, and nothing arrives
  kArrives,      ///< fails, but all arrives
  kArrivesLate,  ///< fails, but all arrives at Store::deliver_late
};

/// What goes wrong; empty functions: nothing. Called once per operation.
struct Faults {
  std::function<AppendFate(Partition, Sequence next, std::size_t envelopes)> append;
  std::function<SendFault(Partition, std::size_t records)> send;
  /// Time that passes before an append or a send is applied, and before its answer.
  std::function<asio::awaitable<void>()> before, after;
};

struct Limits {
  std::size_t max_append_bytes = 16 << 20;
  std::size_t max_record_bytes = 4 << 20;
};

class Log final : public ports::EventLog, public ports::Inbox {
 public:
  explicit Log(std::shared_ptr<Store> store, Faults faults = {}, Limits limits = {});
  ~Log() override;

  /// The process ends here: nothing that is under way, or asked later, is applied.
  void kill();

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

  struct Process;  ///< shared with this process's writers

 private:
  std::shared_ptr<Process> process_;
};

}  // namespace motorcade::memory
