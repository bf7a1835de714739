// The log as the engine sees it: inboxes (transport, trimmed) and event partitions (the truth, kept
// for ever).
//
// One thing is conditional: appending envelopes to one partition, at the sequence that the appender
// expects, while it is the partition's newest writer. Nothing is atomic across partitions.
// Implementations pass tests/contract/log_contract.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "events/envelope.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

namespace asio = boost::asio;

/// Answers of an append (design §2, truth 2).
enum class Appended {
  kCommitted,  ///< all envelopes are durable and visible
  kAborted,    ///< nothing was applied, and that is certain: the same append may be tried again
  kFenced,   ///< there is a newer writer: drop the state; take over again only while still assigned
  kUnknown,  ///< anything else; perhaps a prefix was applied: take over again
};
struct AppendOutcome {
  Appended outcome{};
  Error error;  ///< why, unless committed
};

/// An envelope's bytes as they are stored and hashed, and its place.
struct StoredEnvelope {
  Sequence sequence;
  std::string bytes;
};

/// The right to append to one event partition, until a newer writer takes over.
class PartitionWriter {
 public:
  virtual ~PartitionWriter() = default;
  /// Envelopes are dense from `next`; a wrong `next` is kFenced. Completes after the sync. Not
  /// concurrently on one writer. The bytes are moved only when the outcome is kCommitted.
  virtual asio::awaitable<AppendOutcome> append(Sequence next,
                                                std::vector<std::string>& envelopes) = 0;
};

struct LogBirth {
  Incarnation incarnation;
  PartitionCounts counts;
};

/// A record as it stands in an inbox.
struct PlacedRecord {
  InboxPosition position;
  std::string bytes;  ///< events/wire: encode_record
};

/// Event partitions.
class EventLog {
 public:
  virtual ~EventLog() = default;
  [[nodiscard]] virtual const LogBirth& birth() const = 0;
  /// Fences every earlier writer of this partition, here and in other processes.
  virtual asio::awaitable<Result<std::unique_ptr<PartitionWriter>>> take_over(
      Partition partition) = 0;
  /// Committed envelopes from `from` on: up to about max_bytes, at least one if there is one.
  /// Empty: the end.
  virtual asio::awaitable<Result<std::vector<StoredEnvelope>>> read(Partition partition,
                                                                    Sequence from,
                                                                    std::size_t max_bytes) = 0;
  /// The sequence that the next envelope will have.
  virtual asio::awaitable<Result<Sequence>> end(Partition partition) = 0;
  /// Completes when end(partition) > from, or on cancellation (asio per-operation cancellation),
  /// whichever is first.
  virtual asio::awaitable<void> wait_for_events(Partition partition, Sequence from) = 0;
};

/// Inboxes.
class Inbox {
 public:
  virtual ~Inbox() = default;
  /// Appends in order. Answers the position of the first. An unread record never expires. On
  /// failure nothing is known.
  virtual asio::awaitable<Result<InboxPosition>> send(Partition partition,
                                                      std::vector<std::string> records) = 0;
  virtual asio::awaitable<Result<std::vector<PlacedRecord>>> read_inbox(
      Partition partition, InboxPosition from, std::size_t max_records) = 0;
  /// Completes when there is a record at `from` or later, or on cancellation.
  virtual asio::awaitable<void> wait_for_records(Partition partition, InboxPosition from) = 0;
  /// Records before `through` may go: their envelopes are committed.
  virtual asio::awaitable<Result<void>> trim(Partition partition, InboxPosition through) = 0;
};

}  // namespace motorcade::ports
