// One vehicle's work for one campaign.
//
//   offered -> accepted -> downloading -> downloaded -> package verified
//      |          |             |             |               |  |
//      +----------+-------------+-------------+---------------+  +-> installing -> activating
//                         |                                              |             |
//       declined, postponed, cancelled, superseded,                      |             v
//       or as on the right                                               |         installed -> verified
//                                                                        |             |
//                                                                        +-------------+
//                                                                               |
//                                                    failed, rolled back, timed out, not verified
//
// Reports arrive late and in any order within the outbox's window: a step that is behind changes
// nothing.
#pragma once
#include "events/vehicle.hpp"

namespace motorcade::core {

enum class Step : std::uint8_t {
  kOffered = 1,
  kAccepted,
  kDownloading,
  kDownloaded,
  kPackageVerified,
  kInstalling,
  kActivating,
  kInstalled,
};

struct Assignment {
  CampaignId campaign;
  WaveNumber wave;
  std::uint32_t attempt{};
  CommandId command;
  PackageKey package;
  Artifact artifact;
  Digest configuration;  ///< of the vehicle when it was offered: what the package was planned for
  Time expires_at;       ///< of the offer
  Step step = Step::kOffered;
  bool paused{};
  bool cancelling{};
  Time deadline;  ///< of the step; zero: none (paused)
  std::uint64_t bytes_done{}, bytes_total{};
  std::uint64_t
      installed_boot_count{};  ///< with kInstalled: a VCI of this boot or later proves the outcome
  std::optional<CommandId>
      open_command;  ///< a pause, resume or cancel that the vehicle has not answered
  vehicle::CommandKind open_kind{};
  Time open_expires_at;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// The step that a report moves to; none for reports that end the assignment or answer a command.
[[nodiscard]] constexpr std::optional<Step> step_of(vehicle::ReportedStep reported) {
  switch (reported) {
    case vehicle::ReportedStep::kAccepted:
      return Step::kAccepted;
    case vehicle::ReportedStep::kDownloading:
      return Step::kDownloading;
    case vehicle::ReportedStep::kDownloaded:
      return Step::kDownloaded;
    case vehicle::ReportedStep::kPackageVerified:
      return Step::kPackageVerified;
    case vehicle::ReportedStep::kInstalling:
      return Step::kInstalling;
    case vehicle::ReportedStep::kActivating:
      return Step::kActivating;
    case vehicle::ReportedStep::kInstalled:
      return Step::kInstalled;
    default:
      return std::nullopt;
  }
}

[[nodiscard]] constexpr std::string_view to_string(Step step) {
  constexpr std::string_view names[] = {
      "",           "offered",    "accepted", "downloading", "downloaded", "package verified",
      "installing", "activating", "installed"};
  return names[static_cast<std::size_t>(step)];
}

/// How long the step after `step` may take.
[[nodiscard]] constexpr Duration allowed(Step step, const Policy& policy) {
  switch (step) {
    case Step::kOffered:
      return policy.offer_timeout;
    case Step::kAccepted:
    case Step::kDownloading:
      return policy.download_timeout;
    case Step::kDownloaded:
    case Step::kPackageVerified:
    case Step::kInstalling:
      return policy.install_timeout;
    case Step::kActivating:
    case Step::kInstalled:
      return policy.verify_timeout;
  }
  return policy.verify_timeout;
}

/// How long a campaign waits for a vehicle that is busy with another one: as long as an update may
/// take.
[[nodiscard]] constexpr Duration patience(const Policy& policy) {
  return policy.offer_timeout + policy.download_timeout + policy.install_timeout +
         policy.verify_timeout;
}

}  // namespace motorcade::core
