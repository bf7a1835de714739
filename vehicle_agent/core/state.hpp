// What an agent remembers across a power cut. PURE.
//
//   idle -> awaiting consent -> downloading -> verifying -> ready -> installing -> activating -> idle
//                  |                 |             |          |          |              |
//              declined       failed, cancelled, superseded (-> idle)    +------+-------+
//                                                                               v
//                                                                         rolling back -> idle
//
// `paused` holds an update in downloading, verifying or ready. Once installing, no command stops it.
#pragma once
#include <map>

#include "vehicle_agent/core/inputs.hpp"

namespace motorcade::agent {

enum class Phase : std::uint8_t {
  kAwaitingConsent = 1,
  kDownloading,
  kVerifying,
  kReady,  ///< verified; waits for readiness, for the VCI that is still due, or for "resume"
  kInstalling,
  kActivating,
  kRollingBack,
};

struct Update {
  Offer offer;
  Phase phase{};
  bool paused{};
  std::uint32_t reported_percent{};
  std::uint32_t setbacks{};  ///< downloads damaged or refused
  std::vector<ZonePlan> zones;
  std::uint32_t zones_installed{};
  std::vector<EcuResult> results;
  std::string reason;  ///< why it rolls back
  friend bool operator==(const Update&, const Update&) = default;
};

/// How a command was answered last. Kept until the command has expired: after that a repeat is
/// ignored anyway.
struct StoredResult {
  Time expires_at;
  Channel channel{};
  vehicle::ReportStatus report;
  friend bool operator==(const StoredResult&, const StoredResult&) = default;
};

struct State {
  std::uint64_t boot_count = 1;
  bool vci_due = true;
  std::optional<Readiness> readiness;
  std::optional<Update> update;
  std::optional<Offer> next;  ///< came while an install had begun
  std::map<CommandId, StoredResult> results;
  friend bool operator==(const State&, const State&) = default;
};

/// Everything but the results, which change one at a time.
void encode_state(const State& state, digest::CanonicalWriter& out);
/// False: the bytes are not those of a state.
[[nodiscard]] bool decode_state(digest::CanonicalReader& in, State& state);
void encode_result(const CommandId& command, const StoredResult& result,
                   digest::CanonicalWriter& out);
[[nodiscard]] bool decode_result(digest::CanonicalReader& in, CommandId& command,
                                 StoredResult& result);

}  // namespace motorcade::agent
