// The fold: one branch per fact, never refuses, never decides. Replay calls nothing else.
#include "engine/core/canonical.hpp"
#include "engine/core/shard/state.hpp"

namespace motorcade::core::shard {

void index_deadline(State& state, const VehicleId& id, Vehicle& vehicle) {
  if (!vehicle.assignment || vehicle.assignment->deadline == Time{}) return;
  const Time deadline = vehicle.assignment->deadline;
  if (vehicle.indexed_deadline != Time{}) {
    if (vehicle.indexed_deadline <= deadline)
      return;  // it will be looked at in time, and moved then
    state.deadlines.erase({vehicle.indexed_deadline, id});
  }
  vehicle.indexed_deadline = deadline;
  state.deadlines.emplace(deadline, id);
}

void index_waves(Campaign& campaign) {
  campaign.wave_ends.clear();
  for (const auto& wave : campaign.order.waves) {
    const auto end = std::upper_bound(campaign.members.begin(), campaign.members.end(), wave.last,
                                      [](const Ranked& r, const Member& m) { return r < m.at; });
    campaign.wave_ends.push_back(static_cast<std::uint64_t>(end - campaign.members.begin()));
  }
}

namespace {

std::uint64_t* count_of(WaveCounts& counts, Standing standing) {
  switch (standing) {
    case Standing::kWaiting:
      return nullptr;
    case Standing::kActive:
      return &counts.in_progress;
    case Standing::kVerified:
      return &counts.verified;
    case Standing::kFailed:
      return &counts.failed;
    case Standing::kRolledBack:
      return &counts.rolled_back;
    case Standing::kDeclined:
      return &counts.declined;
    case Standing::kTimedOut:
      return &counts.timed_out;
    case Standing::kCancelled:
      return &counts.cancelled;
    case Standing::kUnreached:
      return &counts.unreached;
  }
  return nullptr;
}

/// A campaign that is over, and that nobody works on any more, keeps its counts only: there may be
/// a thousand of them, with a hundred thousand members each.
void forget_if_over(Campaign& campaign) {
  const auto phase = campaign.order.phase;
  if (phase != OrderPhase::kClosed && phase != OrderPhase::kAborted) return;
  for (const auto& counts : campaign.counts)
    if (counts.in_progress > 0) return;
  std::vector<Member>().swap(campaign.members);
  campaign.plans.clear();
  campaign.scan_from = 0;
  campaign.wait_until = {};
  index_waves(campaign);
}

/// Moves a member between the wave's counts: it is always in exactly one.
void stand(State& state, const CampaignId& id, const VehicleId& vehicle, Standing standing,
           std::optional<std::uint32_t> attempt = {}) {
  const auto found = state.campaigns.find(id);
  if (found == state.campaigns.end()) return;
  auto& campaign = found->second;
  auto* member = const_cast<Member*>(member_of(campaign, vehicle));
  if (member == nullptr) return;
  const auto wave =
      wave_of(campaign, static_cast<std::uint64_t>(member - campaign.members.data())) - 1;
  if (wave < campaign.counts.size()) {
    if (auto* from = count_of(campaign.counts[wave], member->standing); from != nullptr) --*from;
    if (auto* to = count_of(campaign.counts[wave], standing); to != nullptr) ++*to;
  }
  member->standing = standing;
  if (attempt) member->attempt = std::max(member->attempt, *attempt);
  forget_if_over(campaign);
}

/// The vehicle is free: campaigns that found it busy look again.
void end_assignment(State& state, const VehicleId& id, Vehicle& vehicle) {
  if (!vehicle.assignment) return;
  vehicle.ended = {vehicle.assignment->command, vehicle.assignment->campaign};
  vehicle.assignment.reset();
  if (vehicle.indexed_deadline != Time{}) state.deadlines.erase({vehicle.indexed_deadline, id});
  vehicle.indexed_deadline = {};
  for (auto& [campaign_id, campaign] : state.campaigns) {
    if (campaign_id == vehicle.ended->campaign || campaign.order.phase != OrderPhase::kRun)
      continue;
    const auto* member = member_of(campaign, id);
    if (member != nullptr && member->standing == Standing::kWaiting) campaign.scan_from = 0;
  }
}

Vehicle& touch(State& state, const VehicleId& id) {
  auto& vehicle = state.vehicles[id];
  ++vehicle.version.value;
  return vehicle;
}

void step(State& state, const vehicle::StepReported& e) {
  auto& v = touch(state, e.vehicle);
  if (!v.assignment || v.assignment->command != e.command) return;
  auto& a = *v.assignment;
  using enum vehicle::ReportedStep;
  switch (e.step) {
    case kDeclined:
    case kPostponed:
      stand(state, a.campaign, e.vehicle, Standing::kDeclined);
      return end_assignment(state, e.vehicle, v);
    case kFailed:
      stand(state, a.campaign, e.vehicle, Standing::kFailed);
      return end_assignment(state, e.vehicle, v);
    case kRolledBack:
      stand(state, a.campaign, e.vehicle, Standing::kRolledBack);
      return end_assignment(state, e.vehicle, v);
    case kCancelled:
      stand(state, a.campaign, e.vehicle, Standing::kCancelled);
      return end_assignment(state, e.vehicle, v);
    case kPaused:
    case kResumed:
      a.open_command.reset();
      return;
    default:
      break;
  }
  const auto reached = *step_of(e.step);
  if (e.step == kDownloading) {
    a.bytes_done = std::max(a.bytes_done, e.bytes_done);
    a.bytes_total = e.bytes_total;
  }
  if (reached < a.step) return;
  a.step = reached;
  if (e.step == kInstalled) a.installed_boot_count = e.boot_count;
  if (reached >= Step::kInstalling) {
    a.paused = a.cancelling = false;  // too late for either
    a.open_command.reset();
  }
  if (!a.paused && !a.cancelling) a.deadline = e.deadline;
  index_deadline(state, e.vehicle, v);
}

Standing standing_of(const vehicle::AssignmentEnded& e) {
  using enum vehicle::EndReason;
  switch (e.reason) {
    case kNotVerified:
    case kBuildFailed:
      return Standing::kFailed;
    case kTimedOut:  // a member without an offer waited for its vehicle
      return e.command.is_zero() ? Standing::kUnreached : Standing::kTimedOut;
    case kSuperseded:
    case kCancelled:
      return Standing::kCancelled;
  }
  return Standing::kFailed;
}

void offer(State& state, const vehicle::Offered& e) {
  auto& v = touch(state, e.vehicle);
  v.aliases = {};
  const bool again = v.assignment && v.assignment->command == e.command;
  const auto planned_for = again ? v.assignment->configuration : v.configuration;
  v.assignment = Assignment{.campaign = e.campaign,
                            .wave = e.wave,
                            .attempt = e.attempt,
                            .command = e.command,
                            .package = e.package,
                            .artifact = e.artifact,
                            .configuration = planned_for,
                            .expires_at = e.expires_at,
                            .deadline = e.expires_at};
  stand(state, e.campaign, e.vehicle, Standing::kActive, e.attempt);
  if (const auto found = state.campaigns.find(e.campaign); found != state.campaigns.end())
    ++found->second.offered;
  index_deadline(state, e.vehicle, v);
}

void issue(State& state, const vehicle::CommandIssued& e) {
  auto& v = touch(state, e.vehicle);
  if (!v.assignment || v.assignment->command != e.offer) return;
  auto& a = *v.assignment;
  a.open_command = e.command;
  a.open_kind = e.kind;
  a.open_expires_at = e.expires_at;
  a.paused = e.kind == vehicle::CommandKind::kPause;
  a.cancelling = e.kind == vehicle::CommandKind::kCancel;
  a.deadline = e.deadline;
  index_deadline(state, e.vehicle, v);
}

bool unsuccessful(Standing standing) {
  return standing != Standing::kWaiting && standing != Standing::kActive &&
         standing != Standing::kVerified;
}

/// A wave tried again: its unsuccessful members wait once more, and packages that failed are asked
/// for again.
void retry(State& state, Campaign& campaign) {
  for (std::uint64_t index = 0; index < reach(campaign); ++index) {
    auto& member = campaign.members[index];
    const auto wave = wave_of(campaign, index) - 1;
    const auto attempt = campaign.order.waves[wave].attempt;
    if (member.attempt >= attempt) continue;
    if (member.standing == Standing::kActive) member.attempt = attempt;  // it goes on as part of it
    if (!unsuccessful(member.standing)) continue;
    --*count_of(campaign.counts[wave], member.standing);
    member.standing = Standing::kWaiting;
  }
  std::erase_if(campaign.plans, [&](const auto& plan) {
    const auto package =
        plan.second.key ? state.packages.find(*plan.second.key) : state.packages.end();
    return package != state.packages.end() && package->second.failed;
  });
}

void take_order(State& state, const vehicle::OrderTaken& e) {
  auto& campaign = state.campaigns[e.order.campaign];
  ++campaign.version.value;
  campaign.order = e.order;
  campaign.scan_from = 0;
  campaign.wait_until = {};
  campaign.counts.resize(std::max(campaign.counts.size(), e.order.waves.size()));
  index_waves(campaign);
  retry(state, campaign);
  forget_if_over(campaign);
}

void match(State& state, const vehicle::VehiclesMatched& e) {
  auto& campaign = state.campaigns[e.campaign];
  ++campaign.version.value;
  for (const auto& at : e.vehicles) campaign.members.push_back({at, Standing::kWaiting, 0});
  campaign.survey_chunks = e.chunk + 1;
  campaign.surveyed = e.last;
}

void plan(State& state, const vehicle::PackagePlanned& e) {
  auto& campaign = state.campaigns[e.campaign];
  ++campaign.version.value;
  auto& plan = campaign.plans[e.configuration];
  if (e.content.zones.empty()) return;
  plan.key = e.key;
  auto& package = state.packages[e.key];
  if (!package.artifact) package = Package{.deadline = e.deadline};
}

void note_package(State& state, const vehicle::PackageNoted& e) {
  auto& package = state.packages[e.key];
  package.artifact = e.artifact;
  package.failed = !e.artifact.has_value();
  package.reason = e.reason;
  package.deadline = {};
  for (auto& [id, campaign] : state.campaigns)
    for (const auto& [configuration, plan] : campaign.plans)
      if (plan.key == e.key) campaign.scan_from = 0;
}

void verify(State& state, const vehicle::Verified& e) {
  auto& v = touch(state, e.vehicle);
  stand(state, e.campaign, e.vehicle, Standing::kVerified);
  v.verified_for = e.campaign;
  const bool ours = v.assignment && v.assignment->campaign == e.campaign;
  v.verified_from = ours ? v.assignment->configuration : v.configuration;
  if (ours) end_assignment(state, e.vehicle, v);
}

void end(State& state, const vehicle::AssignmentEnded& e) {
  auto& v = touch(state, e.vehicle);
  stand(state, e.campaign, e.vehicle, standing_of(e), e.attempt);
  if (v.assignment && v.assignment->command == e.command) end_assignment(state, e.vehicle, v);
}

/// A new outbox takes the place of an old one: the gateway has lost its disk, and counts its boots
/// from the beginning again.
void take_report(const ReportPlace& place, Vehicle& vehicle) {
  const auto before = vehicle.outbox;
  vehicle.outbox.take(place);
  if (vehicle.outbox.epoch != before.epoch) vehicle.vci_sequence = 0;
  if (before.epoch == 0 || vehicle.outbox.epoch == before.epoch ||
      vehicle.outbox.outbox == before.outbox)
    return;
  vehicle.boot_count = 0;
  if (vehicle.assignment) vehicle.assignment->installed_boot_count = 0;
}

}  // namespace

void Shard::take(const Cause& cause, State& state) {
  state.taken = 0;
  std::visit(
      Match{[](const TickCause&) {}, [](const RequestCause&) {},
            [&](const ReportCause& c) {
              auto& v = state.vehicles[c.vehicle];
              if (const auto topic = alias_of(c.place)) return v.aliases.take(*topic, c.id);
              take_report(c.place, v);
              state.taken = c.place.sequence;
            },
            [&](const MessageCause& c) { state.sources.take(c, state.context.incarnation); }},
      cause);
}

void Shard::evolve(State& state, const Event& event) {
  std::visit(Match{[&](const vehicle::VehicleRegistered& e) {
                     auto& v = touch(state, e.vehicle);
                     v.registered = true;
                     v.model = e.model;
                     v.year = e.year;
                   },
                   [&](const vehicle::ConfigurationInterned& e) {
                     state.configurations.try_emplace(e.digest, e.configuration);
                   },
                   [&](const vehicle::VciRecorded& e) {
                     auto& v = touch(state, e.vehicle);
                     v.configuration = e.configuration;
                     v.boot_count = e.boot_count;
                     v.vci_sequence = std::max(v.vci_sequence, state.taken);
                   },
                   [&](const vehicle::ReadinessRecorded& e) { touch(state, e.vehicle); },
                   [&](const vehicle::OrderTaken& e) { take_order(state, e); },
                   [&](const vehicle::VehiclesMatched& e) { match(state, e); },
                   [&](const vehicle::PackagePlanned& e) { plan(state, e); },
                   [&](const vehicle::PackageNoted& e) { note_package(state, e); },
                   [&](const vehicle::MembersScanned& e) {
                     auto& campaign = state.campaigns[e.campaign];
                     ++campaign.version.value;
                     campaign.scan_from = e.to;
                     campaign.wait_until = e.wait_until;
                   },
                   [&](const vehicle::Offered& e) { offer(state, e); },
                   [&](const vehicle::StepReported& e) { step(state, e); },
                   [&](const vehicle::Verified& e) { verify(state, e); },
                   [&](const vehicle::AssignmentEnded& e) { end(state, e); },
                   [&](const vehicle::CommandIssued& e) { issue(state, e); },
                   [&](const vehicle::VciContradicted& e) {
                     touch(state, e.vehicle).verified_for.reset();
                     if (const auto c = state.campaigns.find(e.campaign);
                         c != state.campaigns.end())
                       ++c->second.contradicted;
                   },
                   [&](const vehicle::ReleaseNoted& e) {
                     state.releases[e.release.release] = {e.release, e.revision, e.deprecated};
                   },
                   [&](const vehicle::Refused& e) {
                     const auto found = state.vehicles.find(e.vehicle);
                     if (found != state.vehicles.end()) found->second.aliases = {};
                   },
                   [](const vehicle::AlreadySatisfied&) {}},
             event);
}

void Shard::maintain(State& state, Time now) {
  while (!state.deadlines.empty() && state.deadlines.begin()->first <= now) {
    const auto [indexed, id] = *state.deadlines.begin();
    auto& vehicle = state.vehicles[id];
    const bool due = vehicle.assignment && vehicle.assignment->deadline != Time{} &&
                     vehicle.assignment->deadline <= now;
    if (due && vehicle.assignment->deadline == indexed) return;  // the earliest is truly due
    state.deadlines.erase(state.deadlines.begin());
    vehicle.indexed_deadline = {};
    index_deadline(state, id, vehicle);
  }
}

}  // namespace motorcade::core::shard
