#include "projections/core/row_changes.hpp"

namespace motorcade::projections {

int rank_of(UpdateStatus status) {
  return status <= UpdateStatus::kInstalled ? 10 * (static_cast<int>(status) + 1) : 100;
}

int progress_percent(UpdateStatus status, std::uint64_t bytes_done, std::uint64_t bytes_total) {
  switch (status) {
    case UpdateStatus::kOffered:
      return 0;
    case UpdateStatus::kAccepted:
      return 5;
    case UpdateStatus::kDownloading:
      if (bytes_total == 0) return 5;
      return 5 + static_cast<int>(55.0L * std::min(bytes_done, bytes_total) / bytes_total);
    case UpdateStatus::kDownloaded:
      return 60;
    case UpdateStatus::kPackageVerified:
      return 65;
    case UpdateStatus::kInstalling:
      return 70;
    case UpdateStatus::kActivating:
      return 85;
    case UpdateStatus::kInstalled:
      return 95;
    case UpdateStatus::kVerified:
      return 100;
    case UpdateStatus::kFailed:
    case UpdateStatus::kRolledBack:
    case UpdateStatus::kDeclined:
    case UpdateStatus::kTimedOut:
    case UpdateStatus::kSuperseded:
    case UpdateStatus::kCancelled:
      return 0;  // where it stood stays
  }
  return 0;
}

std::string update_id(const CommandId& command, const CampaignId& campaign,
                      const VehicleId& vehicle) {
  return command.is_zero() ? to_hex(campaign) + to_hex(vehicle) : to_hex(command);
}

std::string row_key(const RowChange& change) {
  const auto vehicle = [](const auto& c) { return "vehicle " + to_hex(c.vehicle); };
  const auto update = [](const VehicleId& id) { return "update " + to_hex(id); };
  const auto campaign = [](const CampaignId& id) { return "campaign " + to_hex(id); };
  const auto wave = [](const auto& c) {
    return "wave " + std::to_string(c.wave.value) + " " + to_hex(c.campaign);
  };
  return std::visit(
      Match{
          [&](const AddVehicle& c) { return vehicle(c); },
          [&](const AddConfiguration& c) { return "configuration " + to_hex(c.digest); },
          [&](const SetConfiguration& c) { return vehicle(c); },
          [&](const SetReadiness& c) { return vehicle(c); },
          [&](const SeeVehicle& c) { return vehicle(c); },
          [&](const BeginVehicleUpdate& c) { return vehicle(c); },
          [&](const EndVehicleUpdate& c) { return vehicle(c); },
          [&](const AddRelease& c) { return "release " + to_hex(c.release.release.release); },
          [&](const DeprecateRelease& c) { return "release " + to_hex(c.deprecation.release); },
          [&](const SetTarget&) { return std::string("targets"); },  // few; their key is free text
          [&](const RequestPackage& c) { return "package " + to_hex(c.key); },
          [&](const EndPackage& c) { return "package " + to_hex(c.key); },
          [&](const AddCampaign& c) { return campaign(c.created.campaign); },
          [&](const MoveCampaign& c) { return campaign(c.campaign); },
          [&](const RaiseAlarm& c) { return campaign(c.campaign); },
          [&](const AddWave& c) { return wave(c); },
          [&](const MoveWave& c) { return wave(c); },
          [&](const SetTally& c) {
            return "tally " + to_hex(c.tally.campaign) + " " + to_string(c.tally.shard);
          },
          [&](const AddUpdate& c) { return update(c.offered.vehicle); },
          [&](const StepUpdate& c) { return update(c.vehicle); },
          [&](const EndUpdate& c) { return update(c.vehicle); },
          [&](const ContradictUpdate& c) { return update(c.vehicle); },
          [&](const AddCommand& c) { return "command " + to_hex(c.id); },
      },
      change);
}

}  // namespace motorcade::projections
