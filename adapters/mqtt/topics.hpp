// The topics of the edge (docs/api.md, "MQTT"): which report a topic carries, and where notices go.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/vehicle_link.hpp"
#include "events/alias.hpp"

namespace motorcade::mqtt_edge {

/// What arrived on a topic.
struct Incoming {
  std::string_view vin;
  RecordKind kind{};
  /// The server publishes there too: only `kind: response` is the vehicle's.
  bool two_publishers{};
  bool telemetry{};                 ///< expires; beside the log
  std::optional<AliasTopic> alias;  ///< of the older convention
};
/// Nothing: no topic of ours, or a VIN that cannot be one.
[[nodiscard]] std::optional<Incoming> parse_topic(std::string_view topic);

/// Where a notice goes, and whether the broker keeps it.
struct Outgoing {
  std::string topic;
  bool retained{};
};
[[nodiscard]] Outgoing topic_of(const ports::Notice& notice);

/// What the edge subscribes to; a shared subscription, so that several edges divide the vehicles'
/// messages.
[[nodiscard]] std::vector<std::string> subscriptions(std::string_view share);

/// The filters that a SUBACK refuses, why, and what to do; empty: all are granted. `codes` are its
/// reason codes, one per filter (MQTT 5 §3.9.3).
[[nodiscard]] std::string refused_filters(const std::vector<std::string>& filters,
                                          const std::vector<int>& codes);

}  // namespace motorcade::mqtt_edge
