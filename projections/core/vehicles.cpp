#include "projections/core/fold.hpp"

namespace motorcade::projections {
namespace {

using vehicle::EndReason;
using vehicle::ReportedStep;

/// Steps after which the vehicle has no update any more: none for those that go on.
std::optional<bool> ended_in_failure(ReportedStep step) {
  switch (step) {
    case ReportedStep::kFailed:
    case ReportedStep::kRolledBack:
      return true;
    case ReportedStep::kDeclined:
    case ReportedStep::kPostponed:
    case ReportedStep::kCancelled:
      return false;
    case ReportedStep::kAccepted:
    case ReportedStep::kDownloading:
    case ReportedStep::kDownloaded:
    case ReportedStep::kPackageVerified:
    case ReportedStep::kInstalling:
    case ReportedStep::kActivating:
    case ReportedStep::kInstalled:
    case ReportedStep::kPaused:
    case ReportedStep::kResumed:
      return std::nullopt;
  }
  return std::nullopt;
}

bool is_failure(EndReason reason) {
  return reason == EndReason::kNotVerified || reason == EndReason::kTimedOut;
}

}  // namespace

void fold_vehicles(const Envelope& envelope, const vehicle::Event& event, RowChanges& out) {
  const Time at = envelope.committed_at;
  std::visit(
      Match{
          [&](const vehicle::VehicleRegistered& e) {
            out.push_back(
                AddVehicle{e.vehicle, e.model, e.year, e.vmg_id, e.sealed_vin, std::nullopt, at});
          },
          [&](const vehicle::ConfigurationInterned& e) {
            out.push_back(AddConfiguration{e.digest, e.configuration});
          },
          [&](const vehicle::VciRecorded& e) {
            out.push_back(SetConfiguration{e.vehicle, e.configuration, e.boot_count, at});
          },
          [&](const vehicle::ReadinessRecorded& e) {
            out.push_back(SetReadiness{e.vehicle, e.readiness, at});
          },
          [&](const vehicle::Offered& e) {
            out.push_back(BeginVehicleUpdate{e.vehicle, to_hex(e.command), at});
          },
          [&](const vehicle::StepReported& e) {
            out.push_back(SeeVehicle{e.vehicle, at});
            if (const auto failed = ended_in_failure(e.step)) {
              out.push_back(EndVehicleUpdate{e.vehicle, to_hex(e.command), *failed, at});
            }
          },
          [&](const vehicle::Verified& e) {
            out.push_back(EndVehicleUpdate{e.vehicle, to_hex(e.command), false, at});
          },
          [&](const vehicle::AssignmentEnded& e) {
            out.push_back(EndVehicleUpdate{e.vehicle, to_hex(e.command), is_failure(e.reason), at});
          },
          // Orders, plans and commands are of no vehicle's row.
          [](const vehicle::OrderTaken&) {}, [](const vehicle::VehiclesMatched&) {},
          [](const vehicle::PackagePlanned&) {}, [](const vehicle::PackageNoted&) {},
          [](const vehicle::MembersScanned&) {}, [](const vehicle::CommandIssued&) {},
          [](const vehicle::VciContradicted&) {}, [](const vehicle::ReleaseNoted&) {},
          [](const vehicle::Refused&) {}, [](const vehicle::AlreadySatisfied&) {}},
      event);
}

}  // namespace motorcade::projections
