#include "engine/core/cursors.hpp"

#include <algorithm>

#include "engine/core/canonical.hpp"
#include "events/request_key.hpp"

namespace motorcade::core {

Taken OutboxCursor::check(const ReportPlace& place) const {
  if (place.epoch < epoch || place.epoch == 0) return Taken::kLowerEpoch;
  const bool same_outbox = place.epoch == epoch;
  if (same_outbox && place.outbox != outbox) return Taken::kForeignOutbox;
  const std::uint64_t done = same_outbox ? contiguous : 0;
  if (place.sequence <= done) return Taken::kDuplicate;
  const std::uint64_t beyond = place.sequence - done - 1;
  if (beyond >= kWindow) return Taken::kBeyondWindow;
  if (same_outbox && (bitmap >> beyond & 1) != 0) return Taken::kDuplicate;
  return Taken::kFresh;
}

void OutboxCursor::take(const ReportPlace& place) {
  if (check(place) != Taken::kFresh) return;
  if (place.epoch > epoch) *this = {place.epoch, place.outbox, 0, 0};
  bitmap |= std::uint64_t{1} << (place.sequence - contiguous - 1);
  for (; (bitmap & 1) != 0; bitmap >>= 1) ++contiguous;
}

Taken AliasCursor::check(AliasTopic topic, const MessageId& id) const {
  return last[static_cast<std::size_t>(topic) - 1] == id ? Taken::kDuplicate : Taken::kFresh;
}

void AliasCursor::take(AliasTopic topic, const MessageId& id) {
  last[static_cast<std::size_t>(topic) - 1] = id;
}

Taken SourceCursors::check(const MessageCause& cause, const Incarnation& own) const {
  if (cause.incarnation != own) return Taken::kOtherIncarnation;
  const auto found = highest.find(cause.id.source);
  const bool none = found == highest.end();
  if (!none && cause.id <= found->second) return Taken::kDuplicate;
  if (cause.previous && (none || *cause.previous > found->second))
    return Taken::kPredecessorMissing;
  return Taken::kFresh;
}

void SourceCursors::take(const MessageCause& cause, const Incarnation& own) {
  if (check(cause, own) == Taken::kFresh) highest[cause.id.source] = cause.id;
}

Taken RequestCursor::check(const RequestCause& cause) const {
  const auto known = std::find_if(newest.begin(), newest.end(), [&](const MessageId& earlier) {
    return request_key(earlier) == request_key(cause.id);
  });
  if (known == newest.end()) return Taken::kFresh;
  return *known == cause.id ? Taken::kDuplicate : Taken::kOtherBody;
}

void RequestCursor::remember() {
  if (!taken) return;
  newest.push_back(*taken);
  if (newest.size() > kMaxRequests) newest.pop_front();
  taken.reset();
}

void write(digest::CanonicalWriter& out, const OutboxCursor& cursor) {
  out.u64(cursor.epoch);
  out.raw(cursor.outbox.view());
  out.u64(cursor.contiguous);
  out.u64(cursor.bitmap);
}

void read(digest::CanonicalReader& in, OutboxCursor& cursor) {
  cursor.epoch = in.u64();
  read(in, cursor.outbox);
  cursor.contiguous = in.u64();
  cursor.bitmap = in.u64();
}

void write(digest::CanonicalWriter& out, const AliasCursor& cursor) {
  for (const auto& id : cursor.last) out.raw(id.view());
}

void read(digest::CanonicalReader& in, AliasCursor& cursor) {
  for (auto& id : cursor.last) read(in, id);
}

void write(digest::CanonicalWriter& out, const SourceCursors& cursors) {
  out.u32(static_cast<std::uint32_t>(cursors.highest.size()));
  for (const auto& [source, id] : cursors.highest) {
    write(out, source);
    out.u64(id.sequence.value);
    out.u32(id.index);
  }
}

void read(digest::CanonicalReader& in, SourceCursors& cursors) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) {
    InternalMessageId id;
    read(in, id.source);
    id.sequence.value = in.u64();
    id.index = in.u32();
    cursors.highest[id.source] = id;
  }
}

void write(digest::CanonicalWriter& out, const RequestCursor& cursor) {
  out.u32(static_cast<std::uint32_t>(cursor.newest.size()));
  for (const auto& request : cursor.newest) write(out, request);
}

void read(digest::CanonicalReader& in, RequestCursor& cursor) {
  for (auto n = in.u32(); n > 0 && in.ok(); --n) read(in, cursor.newest.emplace_back());
}

}  // namespace motorcade::core
