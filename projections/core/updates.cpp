#include "projections/core/fold.hpp"

namespace motorcade::projections {
namespace {

using vehicle::EndReason;
using vehicle::ReportedStep;

struct Step {
  const char* name;
  std::optional<UpdateStatus> status;
};

Step step_of(ReportedStep step) {
  switch (step) {
    case ReportedStep::kAccepted:
      return {"accepted", UpdateStatus::kAccepted};
    case ReportedStep::kDeclined:
      return {"declined", UpdateStatus::kDeclined};
    case ReportedStep::kPostponed:
      return {"postponed", UpdateStatus::kDeclined};
    case ReportedStep::kDownloading:
      return {"downloading", UpdateStatus::kDownloading};
    case ReportedStep::kDownloaded:
      return {"downloaded", UpdateStatus::kDownloaded};
    case ReportedStep::kPackageVerified:
      return {"packageVerified", UpdateStatus::kPackageVerified};
    case ReportedStep::kInstalling:
      return {"installing", UpdateStatus::kInstalling};
    case ReportedStep::kActivating:
      return {"activating", UpdateStatus::kActivating};
    case ReportedStep::kInstalled:
      return {"installed", UpdateStatus::kInstalled};
    case ReportedStep::kFailed:
      return {"failed", UpdateStatus::kFailed};
    case ReportedStep::kRolledBack:
      return {"rolledBack", UpdateStatus::kRolledBack};
    case ReportedStep::kPaused:
      return {"paused", std::nullopt};
    case ReportedStep::kResumed:
      return {"resumed", std::nullopt};
    case ReportedStep::kCancelled:
      return {"cancelled", UpdateStatus::kCancelled};
  }
  return {"unknown", std::nullopt};
}

struct End {
  UpdateStatus status;
  const char* reason;
};

End end_of(EndReason reason) {
  switch (reason) {
    case EndReason::kNotVerified:
      return {UpdateStatus::kFailed, "not_verified"};
    case EndReason::kBuildFailed:
      return {UpdateStatus::kFailed, "build_failed"};
    case EndReason::kTimedOut:
      return {UpdateStatus::kTimedOut, "timed_out"};
    case EndReason::kSuperseded:
      return {UpdateStatus::kSuperseded, "superseded"};
    case EndReason::kCancelled:
      return {UpdateStatus::kCancelled, "cancelled"};
  }
  return {UpdateStatus::kFailed, "unknown"};
}

StepUpdate step_update(const vehicle::StepReported& e, Time at) {
  const Step step = step_of(e.step);
  StepUpdate change{.vehicle = e.vehicle,
                    .update = to_hex(e.command),
                    .step = step.name,
                    .status = step.status,
                    .paused = std::nullopt,
                    .reason = e.reason,
                    .bytes_done = e.bytes_done,
                    .bytes_total = e.bytes_total,
                    .ecus = e.ecus,
                    .at = at};
  if (e.step == ReportedStep::kPaused) change.paused = true;
  if (e.step == ReportedStep::kResumed) change.paused = false;
  return change;
}

EndUpdate end_update(const vehicle::AssignmentEnded& e, Time at) {
  const End end = end_of(e.reason);
  return {.vehicle = e.vehicle,
          .campaign = e.campaign,
          .update = update_id(e.command, e.campaign, e.vehicle),
          .wave = e.wave.value == 0 ? std::nullopt : std::optional(e.wave),
          .attempt = e.attempt,
          .status = end.status,
          .reason = e.detail.empty() ? end.reason : end.reason + (": " + e.detail),
          .at = at};
}

}  // namespace

void fold_updates(const Envelope& envelope, const vehicle::Event& event, RowChanges& out) {
  const Time at = envelope.committed_at;
  std::visit(Match{[&](const vehicle::Offered& e) {
                     out.push_back(AddUpdate{e, at});
                   },
                   [&](const vehicle::StepReported& e) { out.push_back(step_update(e, at)); },
                   [&](const vehicle::Verified& e) {
                     out.push_back(EndUpdate{.vehicle = e.vehicle,
                                             .campaign = e.campaign,
                                             .update = update_id(e.command, e.campaign, e.vehicle),
                                             .wave = std::nullopt,
                                             .attempt = 0,
                                             .status = UpdateStatus::kVerified,
                                             .reason = {},
                                             .at = at});
                   },
                   [&](const vehicle::AssignmentEnded& e) { out.push_back(end_update(e, at)); },
                   [&](const vehicle::VciContradicted& e) {
                     out.push_back(ContradictUpdate{e.vehicle, e.campaign, at});
                   },
                   // What happens before an offer, and to vehicles, is of no update's row.
                   [](const vehicle::VehicleRegistered&) {},
                   [](const vehicle::ConfigurationInterned&) {}, [](const vehicle::VciRecorded&) {},
                   [](const vehicle::ReadinessRecorded&) {}, [](const vehicle::OrderTaken&) {},
                   [](const vehicle::VehiclesMatched&) {}, [](const vehicle::PackagePlanned&) {},
                   [](const vehicle::PackageNoted&) {}, [](const vehicle::MembersScanned&) {},
                   [](const vehicle::CommandIssued&) {}, [](const vehicle::ReleaseNoted&) {},
                   [](const vehicle::Refused&) {}, [](const vehicle::AlreadySatisfied&) {}},
             event);
}

}  // namespace motorcade::projections
