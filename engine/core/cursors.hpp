// The cursors that recognise duplicates. They are folded from envelopes' causes, like everything
// else in a state.
//
// A vehicle's outbox: epoch (a number and a random id), what was taken contiguously and a window of
// 64 beyond it. A message's source: the highest id taken; a message whose predecessor was not taken
// is refused (its sender repeats it in order). A topic of the older convention: what was taken
// last from it. Operators: the newest requests that were not refused.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "digest/digest.hpp"
#include "events/alias.hpp"

namespace motorcade::core {

enum class Taken : std::uint8_t {
  kFresh,
  kDuplicate,
  kLowerEpoch,
  kForeignOutbox,
  kBeyondWindow,
  kPredecessorMissing,
  kOtherIncarnation,
  kOtherBody,  ///< a request's Idempotency-Key was used with another body
};

struct OutboxCursor {
  std::uint64_t epoch{};  ///< 0: no report yet
  OutboxId outbox;
  std::uint64_t contiguous{};
  std::uint64_t bitmap{};  ///< bit i: sequence contiguous + 1 + i
  static constexpr std::uint64_t kWindow = 64;

  [[nodiscard]] Taken check(const ReportPlace& place) const;
  /// Changes nothing unless check() says fresh.
  void take(const ReportPlace& place);
  friend bool operator==(const OutboxCursor&, const OutboxCursor&) = default;
};

/// Of each alias topic the id that was taken last, which is a digest of the report's body: the same
/// again is a repeat, unless something else came between. Forgotten with each refusal, so that what
/// was refused may be said again, and with each offer.
struct AliasCursor {
  std::array<MessageId, kAliasTopics> last;  ///< zero: none

  [[nodiscard]] Taken check(AliasTopic topic, const MessageId& id) const;
  void take(AliasTopic topic, const MessageId& id);
  friend bool operator==(const AliasCursor&, const AliasCursor&) = default;
};

struct SourceCursors {
  std::map<Partition, InternalMessageId> highest;

  [[nodiscard]] Taken check(const MessageCause& cause, const Incarnation& own) const;
  void take(const MessageCause& cause, const Incarnation& own);
  friend bool operator==(const SourceCursors&, const SourceCursors&) = default;
};

/// How many requests of operators a partition remembers; one that is repeated later acts again.
inline constexpr std::size_t kMaxRequests = 1000;

/// Requests that act on what is there already. (What a request creates has the request's id, and is
/// compared with what is asked for again.)
struct RequestCursor {
  std::deque<MessageId> newest;    ///< of those that were not refused
  std::optional<MessageId> taken;  ///< derived: of the envelope that is being folded

  [[nodiscard]] Taken check(const RequestCause& cause) const;
  /// The request did something, or found it done: repeated, it does nothing more.
  void remember();
};

void write(digest::CanonicalWriter& out, const OutboxCursor& cursor);
void read(digest::CanonicalReader& in, OutboxCursor& cursor);
void write(digest::CanonicalWriter& out, const AliasCursor& cursor);
void read(digest::CanonicalReader& in, AliasCursor& cursor);
void write(digest::CanonicalWriter& out, const SourceCursors& cursors);
void read(digest::CanonicalReader& in, SourceCursors& cursors);
void write(digest::CanonicalWriter& out, const RequestCursor& cursor);
void read(digest::CanonicalReader& in, RequestCursor& cursor);

}  // namespace motorcade::core
