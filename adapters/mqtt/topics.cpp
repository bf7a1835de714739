#include "adapters/mqtt/topics.hpp"

#include "engine/edge/principal.hpp"

namespace motorcade::mqtt_edge {
namespace {
struct Row {
  std::string_view prefix, suffix;
  RecordKind kind;
  bool two_publishers = false, telemetry = false;
  std::optional<AliasTopic> alias = {};
};
constexpr Row kRows[] = {
    {"vehicle/", "/vci", RecordKind::kVci},
    {"vehicle/", "/ota/status", RecordKind::kStatus},
    {"vehicle/", "/control", RecordKind::kControlResponse, true},
    {"vehicle/", "/diagnostics", RecordKind::kDiagnosticsResponse, true},
    {"vehicle/", "/telemetry", RecordKind::kStatus, false, true},
    {"vehicle/updates/", "/progress", RecordKind::kStatus, false, false, AliasTopic::kProgress},
    {"vehicle/updates/", "/status", RecordKind::kStatus, false, false, AliasTopic::kStatus},
};
}  // namespace

std::optional<Incoming> parse_topic(std::string_view topic) {
  for (const auto& row : kRows) {
    if (!topic.starts_with(row.prefix) || !topic.ends_with(row.suffix)) continue;
    if (topic.size() <= row.prefix.size() + row.suffix.size()) continue;
    auto vin = topic.substr(row.prefix.size());
    vin.remove_suffix(row.suffix.size());
    if (edge::is_vin(vin))
      return Incoming{vin, row.kind, row.two_publishers, row.telemetry, row.alias};
  }
  return std::nullopt;
}

Outgoing topic_of(const ports::Notice& notice) {
  switch (notice.channel) {
    case ports::Channel::kControl:
      return {"vehicle/" + notice.address + "/control", false};
    case ports::Channel::kDiagnostics:
      return {"vehicle/" + notice.address + "/diagnostics", false};
    case ports::Channel::kAck:
      return {"vehicle/" + notice.address + "/ack", true};
    case ports::Channel::kBroadcastRelease:
      return {"vehicle/broadcast/releases/" + notice.address, true};
    case ports::Channel::kAliasIssueDetails:
      return {"vehicle/updates/" + notice.address + "/issue_details", false};
  }
  return {};
}

std::vector<std::string> subscriptions(std::string_view share) {
  std::vector<std::string> filters;
  for (const auto& row : kRows)
    filters.push_back("$share/" + std::string(share) + "/" + std::string(row.prefix) + "+" +
                      std::string(row.suffix));
  return filters;
}

}  // namespace motorcade::mqtt_edge
