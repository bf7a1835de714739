// The envelope's bytes: what is stored, hashed and chained. A fixed layout, so that anybody can
// read it (docs/log.md); integers are big-endian, one value has exactly one encoding, and nothing
// may follow it.
//
//   envelope  = "MCE" format:u8(=1)
//               partition sequence:u64 inbox_position:u64 reacted_through:u64
//               occurred_at:i64 recorded_at:i64 committed_at:i64  ; microseconds since 1970, UTC
//               cause correlation:16 actor_length:u16 actor
//               previous_hash:32                                  ; zeros: the first
//               fact_count:u16(1..1000) fact*
//   partition = stream:u8(1 vehicle | 2 campaign | 3 catalog) number:u16
//   cause     = 0                                      ; a tick
//             | 1 message_id:16                        ; a request
//             | 2 message_id:16 vehicle:16             ; a vehicle's report
//                 epoch:u64 outbox:8 sequence:u64
//             | 3 incarnation:16 message               ; a message, the first of its session
//             | 4 incarnation:16 message               ; a message with a predecessor
//                 previous:message
//   message   = source:partition sequence:u64 index:u32
//   fact      = aggregate_type:u8(0..6) id_length:u8 id version:u64
//               type:u16 schema_version:u16 payload_length:u32 payload
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "events/envelope.hpp"
#include "events/result.hpp"

namespace motorcade::wire {

inline constexpr std::uint8_t kEnvelopeFormat = 1;

/// The size that encode_envelope will make: what an owner checks before it puts one more fact in.
[[nodiscard]] std::size_t envelope_size_bytes(const Envelope& envelope);
/// Asserts the bounds (1 to kMaxFactsPerEnvelope facts, kMaxEnvelopeBytes, actor < 64 KiB,
/// aggregate ids < 256 bytes): exceeding them is the owner's mistake.
[[nodiscard]] std::string encode_envelope(const Envelope& envelope);
[[nodiscard]] Result<Envelope> decode_envelope(std::string_view bytes);

/// A fact that still lies in the envelope's bytes.
struct FactView {
  AggregateType aggregate{};
  std::string_view aggregate_id;
  StreamVersion version;
  std::uint16_t type{};
  std::uint16_t schema_version{};
  std::string_view payload;
};
/// An envelope without a copy of its strings: valid as long as the bytes are.
struct EnvelopeView {
  Partition partition;
  Sequence sequence;
  InboxPosition position;
  std::uint64_t reacted_through{};
  Time occurred_at, recorded_at, committed_at;
  Cause cause;
  MessageId correlation;
  std::string_view actor;
  Digest previous;
  std::vector<FactView> facts;
};
/// Into a view that may have been used before: a replay allocates nothing.
[[nodiscard]] Result<void> view_envelope(std::string_view bytes, EnvelopeView& view);

/// A cause alone, as in an envelope; inbox records carry it so.
[[nodiscard]] std::string encode_cause(const Cause& cause);
[[nodiscard]] Result<Cause> decode_cause(std::string_view bytes);

}  // namespace motorcade::wire
