// The envelope: what an owner appends for one inbox record (or one tick), and the inbox record
// itself.
//
// An envelope's bytes are hashed as they are stored; each carries the hash of its predecessor in
// the partition. The layout is in docs/log.md. Payloads are Protobuf (events/proto), told apart by
// fact type and schema version.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "events/ids.hpp"

namespace motorcade {

/// Who acted: "operator:alice", "vehicle" (the id is in the cause), "owner", "builder". Never a
/// VIN.
using Actor = std::string;

/// (log incarnation, source partition, sequence, index): the id of a message between state
/// machines. Ordered within a source.
struct InternalMessageId {
  Partition source;
  Sequence sequence;
  std::uint32_t index{};
  friend auto operator<=>(const InternalMessageId&, const InternalMessageId&) = default;
};

/// (outbox epoch, outbox id, sequence): the place of a vehicle's report. Sequences start at 1.
struct ReportPlace {
  std::uint64_t epoch{};
  OutboxId outbox;
  std::uint64_t sequence{};
  friend auto operator<=>(const ReportPlace&, const ReportPlace&) = default;
};

/// What caused an envelope. The fold of causes holds the cursors that recognise duplicates
/// (engine/core/cursors).
struct TickCause {
  friend bool operator==(const TickCause&, const TickCause&) = default;
};
struct RequestCause {
  MessageId id;
  friend bool operator==(const RequestCause&, const RequestCause&) = default;
};
struct ReportCause {
  MessageId id;
  VehicleId vehicle;
  ReportPlace place;
  friend bool operator==(const ReportCause&, const ReportCause&) = default;
};
struct MessageCause {
  Incarnation incarnation;
  InternalMessageId id;
  std::optional<InternalMessageId>
      previous;  ///< sent before it to the same inbox, in the same producer session
  friend bool operator==(const MessageCause&, const MessageCause&) = default;
};
using Cause = std::variant<TickCause, RequestCause, ReportCause, MessageCause>;

enum class AggregateType : std::uint8_t {
  kPartition = 0,  ///< the partition itself: refusals, "already satisfied"
  kVehicle = 1,
  kOrder = 2,  ///< a campaign as a shard sees it
  kCampaign = 3,
  kRelease = 4,
  kPackage = 5,
  kTarget = 6,  ///< the approved version of an ECU type
};

/// A fact as it stands in an envelope.
struct StoredFact {
  AggregateType aggregate{};
  std::string aggregate_id;  ///< raw bytes of the id
  StreamVersion version;     ///< in the aggregate, from 1; 0 for the partition itself
  std::uint16_t type{};      ///< events/wire/fact_types.hpp: never reused
  std::uint16_t schema_version{};
  std::string payload;
  friend bool operator==(const StoredFact&, const StoredFact&) = default;
};

struct Envelope {
  Partition partition;
  Sequence sequence;
  InboxPosition position;           ///< the next inbox record to take, after this envelope
  std::uint64_t reacted_through{};  ///< count of envelopes whose messages were all acknowledged
                                    ///< when this was made
  Time occurred_at;                 ///< by its source's clock
  Time recorded_at;                 ///< by the edge's
  Time committed_at;                ///< by the owner's; monotone in the partition
  Cause cause;
  MessageId correlation;  ///< of the request or report at the beginning of the chain of messages;
                          ///< zero: none
  Actor actor;
  Digest previous;  ///< SHA-256 of the previous envelope's bytes; zero: the first
  std::vector<StoredFact> facts;
  friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// Bounds of an envelope; what exceeds them is the owner's mistake, never a truncation.
inline constexpr std::size_t kMaxFactsPerEnvelope = 1000;
inline constexpr std::size_t kMaxEnvelopeBytes = 1 << 20;

/// Kinds of inbox records: the topic or route they came by. The numbers are stored; never reuse
/// one.
enum class RecordKind : std::uint16_t {
  kMessage = 1,  ///< from another state machine
  kRegister = 10,
  kVci = 11,
  kStatus = 12,
  kControlResponse = 13,
  kDiagnosticsResponse = 14,
  kCampaignCommand = 20,
  kCatalogCommand = 30,
};

enum class ContentType : std::uint8_t { kJson = 1, kProtobuf = 2 };

/// What an edge appends. It has checked identity and size, nothing else; the owner's shell decodes,
/// so garbage becomes a refusal.
struct InboxRecord {
  Partition partition;
  RecordKind kind{};
  Cause cause;
  Time occurred_at;
  Time recorded_at;
  MessageId correlation;
  Actor actor;
  ContentType content_type{};
  bool sealed{};  ///< body is sealed under the key of `subject` (vehicle), or of the deployment if
                  ///< that is zero
  VehicleId subject;  ///< the vehicle that it speaks of; zero: none
  std::string
      sealed_vin;  ///< only with kRegister and kVci: the VIN, sealed under the vehicle's key
  std::string body;
  friend bool operator==(const InboxRecord&, const InboxRecord&) = default;
};

}  // namespace motorcade
