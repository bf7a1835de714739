// What a shard answers to a report, a request or a message.
#include "engine/core/canonical.hpp"
#include "engine/core/package/plan.hpp"
#include "engine/core/shard/state.hpp"

namespace motorcade::core::shard {
namespace {
using Answer = Decision<Event, Rejection>;

tl::unexpected<Rejected<Rejection>> reject(Rejection reason, std::string detail) {
  return tl::unexpected(Rejected<Rejection>{reason, std::move(detail)});
}

/// What keeps a VCI from proving a campaign's update, planned for this configuration; none: it is
/// proved.
std::optional<std::string> unproved(const Configuration& shown, const Digest& planned_for,
                                    const Campaign& campaign, const State& state) {
  const auto before = state.configurations.find(planned_for);
  return amiss(shown, before != state.configurations.end() ? before->second : shown,
               campaign.order.content);
}

Answer decide_register(const vehicle::Register& c, const State& state) {
  const auto* known = state.find(c.vehicle);
  if (known != nullptr && known->registered && known->model == c.model && known->year == c.year)
    return std::vector<Event>{};
  return std::vector<Event>{
      vehicle::VehicleRegistered{c.vehicle, c.model, c.year, c.vmg_id, c.sealed_vin}};
}

/// What a configuration, known from this boot on, means for the assignment and for what was
/// verified before.
void judge(const VehicleId& id, const Vehicle* known, const Configuration& configuration,
           std::uint64_t boot_count, std::vector<Event>& events, const State& state) {
  if (known == nullptr) return;
  if (known->verified_for && boot_count >= known->boot_count) {
    const auto campaign = state.campaigns.find(*known->verified_for);
    if (campaign != state.campaigns.end() &&
        unproved(configuration, known->verified_from, campaign->second, state))
      events.push_back(vehicle::VciContradicted{id, *known->verified_for});
  }
  if (!known->assignment) return;
  const auto& a = *known->assignment;
  if (a.step != Step::kInstalled || boot_count < a.installed_boot_count) return;
  const auto campaign = state.campaigns.find(a.campaign);
  if (campaign == state.campaigns.end()) return;
  const auto why = unproved(configuration, a.configuration, campaign->second, state);
  if (!why)
    events.push_back(vehicle::Verified{id, a.campaign, a.command});
  else
    events.push_back(vehicle::AssignmentEnded{id, a.campaign, a.wave, a.attempt, a.command,
                                              vehicle::EndReason::kNotVerified,
                                              "after the reboot " + *why});
}

Answer decide_vci(const vehicle::ReportVci& c, const State& state) {
  std::vector<Event> events;
  const auto* known = state.find(c.vehicle);
  if (known == nullptr || !known->registered)
    events.push_back(
        vehicle::VehicleRegistered{c.vehicle, c.model, c.year, c.vmg_id, c.sealed_vin});
  const auto digest = digest_of(c.configuration);
  if (!state.configurations.contains(digest))
    events.push_back(vehicle::ConfigurationInterned{digest, c.configuration});
  const bool numbered = state.taken != 0;
  const bool older = known != nullptr && (c.boot_count < known->boot_count ||
                                          (numbered && state.taken < known->vci_sequence));
  if (older) {  // overtaken by a newer report: on record, but it says nothing about now
    const auto current = state.configurations.find(known->configuration);
    if (current != state.configurations.end()) {
      events.push_back(vehicle::VciRecorded{c.vehicle, known->configuration, known->boot_count});
      return events;
    }
  }
  events.push_back(vehicle::VciRecorded{c.vehicle, digest, c.boot_count});
  judge(c.vehicle, known, c.configuration, c.boot_count, events, state);
  return events;
}

bool ends_or_answers(vehicle::ReportedStep step) {
  return !step_of(step).has_value();
}

Answer decide_status(const vehicle::ReportStatus& c, Time now, const State& state) {
  const auto* known = state.find(c.vehicle);
  if (known == nullptr || !known->registered)
    return reject(Rejection::kUnknownVehicle, "no VCI and no registration of this vehicle yet");
  if (!known->assignment || known->assignment->command != c.command) {
    if (known->ended && known->ended->command == c.command)
      return reject(Rejection::kAssignmentEnded, "the assignment of this offer has ended");
    return reject(Rejection::kUnknownCommand,
                  "this vehicle has no such offer: " + to_hex(c.command));
  }
  const auto& a = *known->assignment;
  const auto campaign = state.campaigns.find(a.campaign);
  if (campaign == state.campaigns.end())
    return reject(Rejection::kInvalid, "the offer's campaign is not known here");
  vehicle::StepReported reported{c.vehicle,     c.command,    c.step, c.reason, c.bytes_done,
                                 c.bytes_total, c.boot_count, c.ecus, Time{}};
  if (!ends_or_answers(c.step))
    reported.deadline = now + allowed(*step_of(c.step), campaign->second.order.policy);
  std::vector<Event> events{reported};
  if (c.step == vehicle::ReportedStep::kInstalled && a.step < Step::kInstalled &&
      c.boot_count > 0 && known->boot_count >= c.boot_count) {
    // The VCI overtook this report: what it showed is judged now.
    Vehicle installed = *known;
    installed.assignment->step = Step::kInstalled;
    installed.assignment->installed_boot_count = c.boot_count;
    installed.verified_for.reset();
    judge(c.vehicle, &installed, state.configurations.at(known->configuration), known->boot_count,
          events, state);
  }
  return events;
}

Answer decide_readiness(const vehicle::ReportReadiness& c, const State& state) {
  const auto* known = state.find(c.vehicle);
  if (known == nullptr || !known->registered)
    return reject(Rejection::kUnknownVehicle, "no VCI and no registration of this vehicle yet");
  if (c.readiness.battery_percent > 100)
    return reject(Rejection::kInvalid, "batteryPercent is above 100");
  return std::vector<Event>{vehicle::ReadinessRecorded{c.vehicle, c.readiness}};
}

Answer decide_order(const vehicle::TakeOrder& c, const State& state) {
  const auto known = state.campaigns.find(c.order.campaign);
  if (known != state.campaigns.end() && known->second.order.generation >= c.order.generation)
    return std::vector<Event>{};  // the highest generation wins
  return std::vector<Event>{vehicle::OrderTaken{c.order}};
}

Answer decide_package(const vehicle::NotePackage& c, const State& state) {
  const auto known = state.packages.find(c.key);
  if (known != state.packages.end()) {
    const auto& package = known->second;
    const bool same = package.artifact == c.artifact && package.failed == !c.artifact;
    if (same || package.artifact) return std::vector<Event>{};  // built once, built for good
  }
  return std::vector<Event>{vehicle::PackageNoted{c.key, c.artifact, c.reason}};
}

Answer decide_release(const vehicle::NoteRelease& c, const State& state) {
  if (!is_news(state.releases, c.release.release, c.revision)) return std::vector<Event>{};
  return std::vector<Event>{vehicle::ReleaseNoted{c.release, c.revision, c.deprecated}};
}

Rejection rejection_of(Taken taken) {
  switch (taken) {
    case Taken::kLowerEpoch:
      return Rejection::kLowerEpoch;
    case Taken::kForeignOutbox:
      return Rejection::kForeignOutbox;
    case Taken::kBeyondWindow:
      return Rejection::kBeyondWindow;
    case Taken::kPredecessorMissing:
      return Rejection::kPredecessorMissing;
    case Taken::kOtherIncarnation:
      return Rejection::kOtherIncarnation;
    case Taken::kFresh:
    case Taken::kDuplicate:
    case Taken::kOtherBody:
      break;
  }
  return Rejection::kInvalid;
}

}  // namespace

Taken Shard::check(const Cause& cause, const State& state) {
  return std::visit(
      Match{
          [](const TickCause&) { return Taken::kFresh; },
          [](const RequestCause&) { return Taken::kFresh; },
          [&](const ReportCause& c) {
            const auto* known = state.find(c.vehicle);
            if (const auto topic = alias_of(c.place))
              return known != nullptr ? known->aliases.check(*topic, c.id) : Taken::kFresh;
            return (known != nullptr ? known->outbox : OutboxCursor{}).check(c.place);
          },
          [&](const MessageCause& c) { return state.sources.check(c, state.context.incarnation); }},
      cause);
}

Answer Shard::decide(const Command& command, Time now, const State& state) {
  return std::visit(
      Match{[&](const vehicle::Register& c) { return decide_register(c, state); },
            [&](const vehicle::ReportVci& c) { return decide_vci(c, state); },
            [&](const vehicle::ReportStatus& c) { return decide_status(c, now, state); },
            [&](const vehicle::ReportReadiness& c) { return decide_readiness(c, state); },
            [&](const vehicle::Undecodable& c) -> Answer {
              return reject(Rejection::kUndecodable, c.reason);
            },
            [&](const vehicle::TakeOrder& c) { return decide_order(c, state); },
            [&](const vehicle::NotePackage& c) { return decide_package(c, state); },
            [&](const vehicle::NoteRelease& c) { return decide_release(c, state); },
            [&](const vehicle::AdvanceTime&) -> Answer { return advance(now, state); }},
      command);
}

Event Shard::refused(const Command& command, const Rejected<Rejection>& rejected) {
  const auto subject = std::visit(
      [](const auto& c) -> VehicleId {
        if constexpr (requires { c.vehicle; }) return c.vehicle;
        return {};
      },
      command);
  return vehicle::Refused{subject, rejected.reason, rejected.detail};
}

Event Shard::not_taken(const Cause& cause, Taken taken) {
  if (taken == Taken::kDuplicate) return vehicle::AlreadySatisfied{};
  const auto* report = std::get_if<ReportCause>(&cause);
  return vehicle::Refused{
      report != nullptr ? report->vehicle : VehicleId{}, rejection_of(taken), {}};
}

}  // namespace motorcade::core::shard
