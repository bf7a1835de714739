// A vehicle in memory for tests of the core: ECUs, a server, a disk that keeps only what was
// synced.
#pragma once
#include <deque>

#include "vehicle_agent/core/vmg_core.hpp"

namespace motorcade::agent::test {

inline CommandId command_id(std::uint8_t n) {
  CommandId id;
  id.bytes[15] = n;
  return id;
}
inline Digest digest_of(std::uint8_t n) {
  Digest digest;
  digest.bytes[31] = n;
  return digest;
}
inline constexpr Time kNow{std::chrono::hours(500000)};
inline constexpr Time kInAnHour = kNow + std::chrono::hours(1);

inline Offer offer(std::uint8_t n, std::uint64_t size = 1000) {
  Offer out;
  out.command = command_id(n);
  out.expires_at = kInAnHour;
  out.url = "https://server/package";
  out.token = "token";
  out.digest = digest_of(n);
  out.size_bytes = size;
  return out;
}
inline const std::vector<ZonePlan>& plan() {
  static const std::vector<ZonePlan> zones{
      {"ZG_BODY", {{"ECU_011", {1, 0, 0}, {1, 1, 0}}, {"ECU_012", {1, 0, 0}, {1, 1, 0}}}},
      {"ZG_CHASSIS", {{"ECU_006", {1, 0, 0}, {2, 0, 0}}}}};
  return zones;
}
inline std::vector<EcuResult> results(const ZonePlan& zone, EcuOutcome outcome,
                                      std::uint32_t nrc = 0) {
  std::vector<EcuResult> out;
  for (const auto& ecu : zone.ecus) out.push_back({zone.gateway, ecu.ecu, outcome, nrc});
  return out;
}
inline std::vector<EcuResult> results(EcuOutcome outcome) {
  std::vector<EcuResult> out;
  for (const auto& zone : plan())
    for (auto& ecu : results(zone, outcome)) out.push_back(std::move(ecu));
  return out;
}

inline std::string name(ReportedStep step) {
  static const char* const kNames[] = {"?",           "ACCEPTED",   "DECLINED", "POSTPONED",
                                       "DOWNLOADING", "DOWNLOADED", "VERIFIED", "INSTALLING",
                                       "ACTIVATING",  "INSTALLED",  "FAILED",   "ROLLED_BACK",
                                       "PAUSED",      "RESUMED",    "CANCELLED"};
  return kNames[static_cast<std::size_t>(step)];
}
/// "INSTALLED boot 2", "VCI boot 2": what a test says that was reported.
inline std::string brief(const Report& report) {
  return std::visit(
      Match{[](const vehicle::ReportStatus& s) {
              return name(s.step) + (s.boot_count ? " boot " + std::to_string(s.boot_count) : "") +
                     (s.bytes_total ? " " + std::to_string(s.bytes_done) : "");
            },
            [](const vehicle::ReportVci& v) { return "VCI boot " + std::to_string(v.boot_count); },
            [](const vehicle::ReportReadiness&) { return std::string("READINESS"); }},
      report);
}

}  // namespace motorcade::agent::test
