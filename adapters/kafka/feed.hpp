// One partition of one topic, and how a place in it (a sequence, an inbox position) stands in
// Kafka.
//
//   topic                       key                      timestamp        value
//   PREFIX.STREAM.events        sequence, 8 bytes, BE    2^60 + sequence  the envelope
//   PREFIX.STREAM.inbox         none                     now              the record
//   PREFIX.snapshots            slot/piece               now              snapshots.hpp
//   PREFIX.birth                "birth"                  now              birth.hpp
//   PREFIX.vehicle.telemetry    vehicle id               received at      telemetry.hpp
//
// Offsets of events have holes: transactions leave their markers, and aborted ones their records.
// So an envelope brings its sequence, and the timestamp lets the broker's time index find it: above
// every clock, because markers carry the broker's, and the index would name the first marker. An
// inbox is written without transactions: its position is the offset, and what was taken before, if
// the log was moved here. (A hole would be a position that no record has, which no reader minds.)
#pragma once
#include <librdkafka/rdkafka.h>

#include <compare>
#include <map>
#include <optional>
#include <string>

#include "events/ids.hpp"

namespace motorcade::kafka {

enum class Kind : std::uint8_t { kEvents, kInbox };

struct Feed {
  Kind kind{};
  Partition partition;
  friend auto operator<=>(const Feed&, const Feed&) = default;
};
[[nodiscard]] std::string topic_of(const std::string& prefix, Kind kind, Stream stream);
/// `vehicle/3`, or `inbox vehicle/3`.
[[nodiscard]] std::string to_string(const Feed& feed);

/// A record that was read: its sequence, or its position.
struct Record {
  std::uint64_t place{};
  std::string bytes;
};

[[nodiscard]] std::string key_of(std::uint64_t sequence);
/// The positions of offset 0 of inboxes, where they are not 0.
using InboxBases = std::map<Partition, std::uint64_t>;
[[nodiscard]] std::uint64_t base_of(const InboxBases& bases, const Feed& feed);
/// Nothing: not a record of ours. `base`: of an inbox.
[[nodiscard]] std::optional<std::uint64_t> place_of(Kind kind, const rd_kafka_message_t& message,
                                                    std::uint64_t base);
inline constexpr std::int64_t kTimestampOfFirst = std::int64_t{1} << 60;
[[nodiscard]] inline std::int64_t timestamp_of(std::uint64_t sequence) {
  return kTimestampOfFirst + static_cast<std::int64_t>(sequence);
}

}  // namespace motorcade::kafka
