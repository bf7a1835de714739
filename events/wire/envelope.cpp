#include "events/wire/envelope.hpp"

#include "events/wire/big_endian.hpp"
#include "events/wire/errc.hpp"

namespace motorcade::wire {
namespace {

constexpr std::string_view kMagic = "MCE";
constexpr std::size_t kMessageBytes = 3 + 8 + 4;
constexpr std::size_t kFixedBytes =
    3 + 1 + 3 + 6 * 8 + 16 + 2 + 32 + 2;                   // all but cause, actor, facts
constexpr std::size_t kFactBytes = 1 + 1 + 8 + 2 + 2 + 4;  // all but id and payload
enum CauseTag : std::uint8_t { kTick, kRequest, kReport, kMessage, kMessageWithPrevious };
constexpr std::size_t kCauseBytes[] = {1, 1 + 16, 1 + 16 + 16 + 24, 1 + 16 + kMessageBytes,
                                       1 + 16 + 2 * kMessageBytes};

CauseTag tag_of(const Cause& cause) {
  if (const auto* message = std::get_if<MessageCause>(&cause))
    return message->previous ? kMessageWithPrevious : kMessage;
  return static_cast<CauseTag>(cause.index());
}

void write_partition(BigEndianWriter& out, const Partition& partition) {
  out.integer(static_cast<std::uint8_t>(partition.stream));
  out.integer(partition.number);
}

void write_message_id(BigEndianWriter& out, const InternalMessageId& id) {
  write_partition(out, id.source);
  out.integer(id.sequence.value);
  out.integer(id.index);
}

void write_cause(BigEndianWriter& out, const Cause& cause) {
  out.integer(static_cast<std::uint8_t>(tag_of(cause)));
  std::visit(Match{[](const TickCause&) {}, [&](const RequestCause& c) { out.id(c.id); },
                   [&](const ReportCause& c) {
                     out.id(c.id);
                     out.id(c.vehicle);
                     out.integer(c.place.epoch);
                     out.id(c.place.outbox);
                     out.integer(c.place.sequence);
                   },
                   [&](const MessageCause& c) {
                     out.id(c.incarnation);
                     write_message_id(out, c.id);
                     if (c.previous) write_message_id(out, *c.previous);
                   }},
             cause);
}

void write_fact(BigEndianWriter& out, const StoredFact& fact) {
  MOTORCADE_ASSERT(fact.aggregate_id.size() <= 0xff);
  out.integer(static_cast<std::uint8_t>(fact.aggregate));
  out.integer(static_cast<std::uint8_t>(fact.aggregate_id.size()));
  out.raw(fact.aggregate_id);
  out.integer(fact.version.value);
  out.integer(fact.type);
  out.integer(fact.schema_version);
  out.integer(static_cast<std::uint32_t>(fact.payload.size()));
  out.raw(fact.payload);
}

// --- reading: a reader keeps the first thing that is wrong, and is asked once ---

struct Reading {
  BigEndianReader in;
  const char* wrong = nullptr;
  void refuse(const char* what) {
    if (!wrong) wrong = what;
  }
};

Partition read_partition(Reading& reading) {
  const auto stream = reading.in.integer<std::uint8_t>();
  const auto number = reading.in.integer<std::uint16_t>();
  if (stream < 1 || stream > 3) reading.refuse("unknown stream");
  return {static_cast<Stream>(stream), number};
}

InternalMessageId read_message_id(Reading& reading) {
  InternalMessageId id;
  id.source = read_partition(reading);
  id.sequence.value = reading.in.integer<std::uint64_t>();
  id.index = reading.in.integer<std::uint32_t>();
  return id;
}

void read_report(BigEndianReader& in, ReportCause& report) {
  in.id_into(report.id);
  in.id_into(report.vehicle);
  report.place.epoch = in.integer<std::uint64_t>();
  in.id_into(report.place.outbox);
  report.place.sequence = in.integer<std::uint64_t>();
}

void read_cause(Reading& reading, Cause& cause) {
  const auto tag = reading.in.integer<std::uint8_t>();
  switch (tag) {
    case kTick:
      cause = TickCause{};
      return;
    case kRequest:
      return reading.in.id_into(cause.emplace<RequestCause>().id);
    case kReport:
      return read_report(reading.in, cause.emplace<ReportCause>());
    case kMessage:
    case kMessageWithPrevious: {
      auto& message = cause.emplace<MessageCause>();
      reading.in.id_into(message.incarnation);
      message.id = read_message_id(reading);
      if (tag == kMessageWithPrevious) message.previous = read_message_id(reading);
      return;
    }
    default:
      reading.refuse("unknown cause");
      cause = TickCause{};
  }
}

/// Each field where it will stay: a fact that is put together elsewhere and copied costs a stall.
void read_fact(Reading& reading, FactView& fact) {
  auto& in = reading.in;
  const auto aggregate = in.integer<std::uint8_t>();
  if (aggregate > static_cast<std::uint8_t>(AggregateType::kTarget))
    reading.refuse("unknown aggregate type");
  fact.aggregate = static_cast<AggregateType>(aggregate);
  fact.aggregate_id = in.raw(in.integer<std::uint8_t>());
  fact.version.value = in.integer<std::uint64_t>();
  fact.type = in.integer<std::uint16_t>();
  fact.schema_version = in.integer<std::uint16_t>();
  fact.payload = in.raw(in.integer<std::uint32_t>());
}

void read_header(Reading& reading, EnvelopeView& view) {
  auto& in = reading.in;
  view.partition = read_partition(reading);
  view.sequence.value = in.integer<std::uint64_t>();
  view.position.value = in.integer<std::uint64_t>();
  view.reacted_through = in.integer<std::uint64_t>();
  view.occurred_at = in.time();
  view.recorded_at = in.time();
  view.committed_at = in.time();
  read_cause(reading, view.cause);
  in.id_into(view.correlation);
  view.actor = in.raw(in.integer<std::uint16_t>());
  in.id_into(view.previous);
}

std::string where(const EnvelopeView& view) {
  return "envelope " + to_string(Position{view.partition, view.sequence});
}

Result<void> verdict(const Reading& reading, const EnvelopeView& view) {
  if (!reading.in.ok()) return failure(Errc::kTruncated, where(view) + " ends too early");
  if (reading.wrong) return failure(Errc::kMalformed, where(view) + ": " + reading.wrong);
  if (reading.in.left() != 0)
    return failure(Errc::kMalformed,
                   where(view) + " is followed by " + std::to_string(reading.in.left()) + " bytes");
  return {};
}

}  // namespace

std::size_t envelope_size_bytes(const Envelope& envelope) {
  std::size_t size = kFixedBytes + kCauseBytes[tag_of(envelope.cause)] + envelope.actor.size();
  for (const auto& fact : envelope.facts)
    size += kFactBytes + fact.aggregate_id.size() + fact.payload.size();
  return size;
}

std::string encode_envelope(const Envelope& envelope) {
  const auto size_bytes = envelope_size_bytes(envelope);
  MOTORCADE_ASSERT(size_bytes <= kMaxEnvelopeBytes);
  MOTORCADE_ASSERT(!envelope.facts.empty() && envelope.facts.size() <= kMaxFactsPerEnvelope);
  MOTORCADE_ASSERT(envelope.actor.size() <= 0xffff);
  BigEndianWriter out(size_bytes);
  out.raw(kMagic);
  out.integer(kEnvelopeFormat);
  write_partition(out, envelope.partition);
  out.integer(envelope.sequence.value);
  out.integer(envelope.position.value);
  out.integer(envelope.reacted_through);
  out.time(envelope.occurred_at);
  out.time(envelope.recorded_at);
  out.time(envelope.committed_at);
  write_cause(out, envelope.cause);
  out.id(envelope.correlation);
  out.integer(static_cast<std::uint16_t>(envelope.actor.size()));
  out.raw(envelope.actor);
  out.id(envelope.previous);
  out.integer(static_cast<std::uint16_t>(envelope.facts.size()));
  for (const auto& fact : envelope.facts) write_fact(out, fact);
  MOTORCADE_ASSERT(out.size() == size_bytes);
  return out.take();
}

Result<void> view_envelope(std::string_view bytes, EnvelopeView& view) {
  view.facts.clear();
  if (bytes.size() > kMaxEnvelopeBytes)
    return failure(Errc::kTooLarge, "an envelope of " + std::to_string(bytes.size()) + " bytes");
  Reading reading{BigEndianReader(bytes)};
  if (reading.in.raw(kMagic.size()) != kMagic)
    return failure(Errc::kMalformed, "not an envelope: it does not begin with \"MCE\"");
  if (const auto format = reading.in.integer<std::uint8_t>(); format != kEnvelopeFormat)
    return failure(Errc::kNewerSchema, "envelope format " + std::to_string(format) +
                                           ": this program reads format 1; run a newer one");
  read_header(reading, view);
  const auto count = reading.in.integer<std::uint16_t>();
  if (count == 0 || count > kMaxFactsPerEnvelope) reading.refuse("its fact count is not 1 to 1000");
  for (std::uint16_t i = 0; i < count && reading.in.ok() && !reading.wrong; ++i)
    read_fact(reading, view.facts.emplace_back());
  return verdict(reading, view);
}

Result<Envelope> decode_envelope(std::string_view bytes) {
  EnvelopeView view;
  TRY_VOID(view_envelope(bytes, view));
  Envelope envelope{view.partition,   view.sequence,     view.position,     view.reacted_through,
                    view.occurred_at, view.recorded_at,  view.committed_at, view.cause,
                    view.correlation, Actor(view.actor), view.previous,     {}};
  envelope.facts.reserve(view.facts.size());
  for (const auto& fact : view.facts)
    envelope.facts.push_back({fact.aggregate, std::string(fact.aggregate_id), fact.version,
                              fact.type, fact.schema_version, std::string(fact.payload)});
  return envelope;
}

std::string encode_cause(const Cause& cause) {
  BigEndianWriter out(kCauseBytes[tag_of(cause)]);
  write_cause(out, cause);
  return out.take();
}

Result<Cause> decode_cause(std::string_view bytes) {
  Reading reading{BigEndianReader(bytes)};
  Cause cause;
  read_cause(reading, cause);
  if (!reading.in.ok()) return failure(Errc::kTruncated, "a cause ends too early");
  if (reading.wrong || reading.in.left() != 0)
    return failure(Errc::kMalformed,
                   std::string("a cause: ") + (reading.wrong ? reading.wrong : "bytes follow it"));
  return cause;
}

}  // namespace motorcade::wire
