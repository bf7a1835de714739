#include "adapters/mqtt/topics.hpp"

#include <cstdio>

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

namespace {
constexpr int kLeastRefusal = 0x80;

std::string_view advice_for(int code) {
  switch (code) {
    case 0x87:
      return "not authorized: let this certificate read it in the broker's access rules";
    case 0x8F:
      return "the broker takes no such filter";
    case 0x97:
      return "the broker's quota is exceeded: raise it";
    case 0x9E:
      return "the broker has no shared subscriptions: use one that has";
    case 0xA2:
      return "the broker allows no wildcards: allow them";
    default:
      return "the broker's log says why";
  }
}
}  // namespace

std::string refused_filters(const std::vector<std::string>& filters,
                            const std::vector<int>& codes) {
  std::string out;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const bool answered = i < codes.size();
    if (answered && codes[i] < kLeastRefusal) continue;
    out += (out.empty() ? "" : "; ") + filters[i];
    if (!answered) {
      out += " (no reason code)";
      continue;
    }
    char code[8];
    std::snprintf(code, sizeof code, "0x%02X", static_cast<unsigned>(codes[i]));
    out.append(" (").append(code).append(", ").append(advice_for(codes[i])).append(")");
  }
  return out;
}

}  // namespace motorcade::mqtt_edge
