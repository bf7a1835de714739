// What a shard does as time goes on: it answers surveys, offers what open waves reach, passes on
// pauses and aborts, ends what waited too long. Each call makes a bounded number of facts;
// while there is more, the deadline is "now".
#include "engine/core/canonical.hpp"
#include "engine/core/package/plan.hpp"
#include "engine/core/shard/state.hpp"

namespace motorcade::core::shard {
namespace {
// What keeps a step below kMaxFactsPerEnvelope and kMaxEnvelopeBytes: a member that supersedes
// makes three facts; the last plan of a step may have kMaxEcus (512) more. Members that nothing
// happens to cost no fact.
constexpr std::size_t kMembersPerStep = 10'000;
constexpr std::size_t kFactsPerStep = 900;
constexpr std::size_t kPlansPerStep = 20;
constexpr std::size_t kPlannedEcusPerStep = 500;
constexpr std::size_t kTimeoutsPerStep = 300;

CommandId command_id(const CampaignId& campaign, const VehicleId& vehicle, std::uint32_t attempt,
                     std::string_view what, std::uint64_t generation = 0) {
  Writer out;
  core::write(out, campaign);
  core::write(out, vehicle);
  out.u32(attempt);
  out.text(what);
  out.u64(generation);
  CommandId id;
  const auto hash = digest::sha256(out.bytes());
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

/// What many facts of a step repeat is short: reasons may be 4 KiB long.
std::string brief(const std::string& reason) {
  constexpr std::size_t kMost = 256;
  if (reason.size() <= kMost) return reason;
  auto end = kMost;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
  return reason.substr(0, end);
}

bool matches(const Vehicle& vehicle, const VehicleId& id, const Filter& filter) {
  if (!vehicle.registered || vehicle.configuration.is_zero()) return false;
  if (!filter.model.empty() && filter.model != vehicle.model) return false;
  if (filter.year_from != 0 && vehicle.year < filter.year_from) return false;
  if (filter.year_to != 0 && vehicle.year > filter.year_to) return false;
  return filter.vehicles.empty() ||
         std::binary_search(filter.vehicles.begin(), filter.vehicles.end(), id);
}

/// The next chunk of matches, after those that were sent.
void survey(const CampaignId& id, const Campaign& campaign, const State& state,
            std::vector<Event>& events) {
  std::map<Digest, bool> needs;  // by configuration: equal vehicles are looked at once
  std::vector<Ranked> matched;
  auto filter = campaign.order.filter;
  std::sort(filter.vehicles.begin(), filter.vehicles.end());
  for (const auto& [vehicle_id, vehicle] : state.vehicles) {
    if (!matches(vehicle, vehicle_id, filter)) continue;
    auto [need, is_new] = needs.try_emplace(vehicle.configuration);
    if (is_new)
      need->second =
          !plan_package(state.configurations.at(vehicle.configuration), campaign.order.content)
               .zones.empty();
    if (!need->second) continue;
    const Ranked at{rank_of(campaign.order.seed, vehicle_id), vehicle_id};
    if (campaign.members.empty() || campaign.members.back().at < at) matched.push_back(at);
  }
  std::sort(matched.begin(), matched.end());
  const bool last = matched.size() <= kMaxSurveyChunk;
  if (!last) matched.resize(kMaxSurveyChunk);
  events.push_back(vehicle::VehiclesMatched{id, campaign.survey_chunks, last, std::move(matched)});
}

/// A member of a wave that is open, not offered yet.
bool waits(const Campaign& campaign, std::uint64_t index) {
  return campaign.members[index].standing == Standing::kWaiting &&
         campaign.order.waves[wave_of(campaign, index) - 1].attempt > 0;
}

/// One pass over members of opened waves: what the order's phase asks of each.
class Scan {
 public:
  Scan(Time now, const CampaignId& id, const Campaign& campaign, const State& state,
       std::vector<Event>& events)
      : now_(now),
        id_(id),
        campaign_(campaign),
        state_(state),
        events_(events),
        offered_(campaign.offered),
        wait_until_(campaign.wait_until),
        withdrawn_(withdrawn(state.releases, campaign.order.content)) {}

  void run() {
    const auto end = std::min(reach(campaign_), campaign_.scan_from + kMembersPerStep);
    auto index = campaign_.scan_from;
    for (; index < end && may_plan() && events_.size() < kFactsPerStep; ++index) {
      if (offered_ >= campaign_.order.allowance && campaign_.order.phase == OrderPhase::kRun) break;
      look_at(index);
    }
    const bool stopped =
        index == campaign_.scan_from;  // the allowance is used up: nothing more to look at
    events_.push_back(vehicle::MembersScanned{id_, campaign_.scan_from,
                                              stopped ? reach(campaign_) : index, wait_until_});
  }

 private:
  void look_at(std::uint64_t index) {
    const auto& member = campaign_.members[index];
    const auto* vehicle = state_.find(member.at.vehicle);
    if (vehicle == nullptr) return;
    const bool ours = vehicle->assignment && vehicle->assignment->campaign == id_;
    if (campaign_.order.phase == OrderPhase::kPaused && ours)
      command(*vehicle, member, vehicle::CommandKind::kPause);
    if (campaign_.order.phase == OrderPhase::kAborted && ours)
      command(*vehicle, member, vehicle::CommandKind::kCancel);
    const bool run = campaign_.order.phase == OrderPhase::kRun;
    if (ours && (run || campaign_.order.phase == OrderPhase::kClosed))
      return resume(*vehicle, member);
    if (!run || withdrawn_ || !waits(campaign_, index)) return;
    const auto wave = wave_of(campaign_, index);
    start(*vehicle, member, wave, campaign_.order.waves[wave - 1].attempt);
  }

  /// An offer that expired while it rested is made again: the same one.
  void resume(const Vehicle& vehicle, const Member& member) {
    const auto& a = *vehicle.assignment;
    if (a.paused && a.step == Step::kOffered && a.expires_at <= now_)
      events_.push_back(vehicle::Offered{member.at.vehicle, id_, a.wave, a.attempt, a.command,
                                         a.package, a.artifact,
                                         now_ + campaign_.order.policy.offer_timeout});
    command(vehicle, member, vehicle::CommandKind::kResume);
  }

  /// Pause, resume and cancel reach vehicles that have not begun to install.
  void command(const Vehicle& vehicle, const Member& member, vehicle::CommandKind kind) {
    const auto& a = *vehicle.assignment;
    if (a.step >= Step::kInstalling) return;
    using enum vehicle::CommandKind;
    if (kind == kPause && (a.paused || a.cancelling)) return;
    if (kind == kResume && !a.paused) return;
    if (kind == kCancel && a.cancelling) return;
    const auto& policy = campaign_.order.policy;
    constexpr std::string_view names[] = {"", "pause", "resume", "cancel"};
    vehicle::CommandIssued issued{
        member.at.vehicle,
        command_id(id_, member.at.vehicle, a.attempt, names[static_cast<std::size_t>(kind)],
                   campaign_.order.generation.value),
        a.command,
        kind,
        now_ + policy.offer_timeout,
        Time{}};
    if (kind == kResume) issued.deadline = now_ + allowed(a.step, policy);
    if (kind == kCancel) issued.deadline = now_ + policy.offer_timeout;
    events_.push_back(std::move(issued));
  }

  void start(const Vehicle& vehicle, const Member& member, std::uint32_t wave,
             std::uint32_t attempt) {
    if (vehicle.assignment && !supersedes(*vehicle.assignment)) return wait();
    const auto plan = plan_of(vehicle.configuration);
    if (!plan.key) return need_nothing(vehicle, member, wave, attempt);
    const auto package = state_.packages.find(*plan.key);
    if (package == state_.packages.end()) return;
    if (package->second.failed) {
      if (made_.contains(vehicle.configuration)) return;  // a retry: it is asked for again
      events_.push_back(vehicle::AssignmentEnded{member.at.vehicle, id_, WaveNumber{wave}, attempt,
                                                 CommandId{}, vehicle::EndReason::kBuildFailed,
                                                 brief(package->second.reason)});
      return;
    }
    if (!package->second.artifact) return;  // being built: waits
    if (vehicle.assignment) supersede(member.at.vehicle, *vehicle.assignment);
    events_.push_back(vehicle::Offered{member.at.vehicle, id_, WaveNumber{wave}, attempt,
                                       command_id(id_, member.at.vehicle, attempt, "offer"),
                                       *plan.key, *package->second.artifact,
                                       now_ + campaign_.order.policy.offer_timeout});
    ++offered_;
  }

  /// Since the survey it came to be up to date, or lost what was to be updated.
  void need_nothing(const Vehicle& vehicle, const Member& member, std::uint32_t wave,
                    std::uint32_t attempt) {
    if (fits(state_.configurations.at(vehicle.configuration), campaign_.order.content))
      events_.push_back(vehicle::Verified{member.at.vehicle, id_, CommandId{}});
    else
      events_.push_back(vehicle::AssignmentEnded{member.at.vehicle, id_, WaveNumber{wave}, attempt,
                                                 CommandId{}, vehicle::EndReason::kNotVerified,
                                                 "its VCI shows no ECU that a release fits"});
  }

  /// The vehicle is busy. The first such member of an order sets how long they all are waited for.
  void wait() {
    if (wait_until_ == Time{}) wait_until_ = now_ + patience(campaign_.order.policy);
  }
  [[nodiscard]] bool supersedes(const Assignment& other) const {
    const auto campaign = state_.campaigns.find(other.campaign);
    return campaign != state_.campaigns.end() && other.step < Step::kInstalling &&
           campaign->second.order.policy.priority < campaign_.order.policy.priority;
  }
  void supersede(const VehicleId& id, const Assignment& a) {
    events_.push_back(vehicle::CommandIssued{
        id, command_id(a.campaign, id, a.attempt, "supersede"), a.command,
        vehicle::CommandKind::kCancel, now_ + campaign_.order.policy.offer_timeout, a.deadline});
    events_.push_back(vehicle::AssignmentEnded{id, a.campaign, a.wave, a.attempt, a.command,
                                               vehicle::EndReason::kSuperseded,
                                               "by a campaign of higher priority"});
  }

  [[nodiscard]] bool may_plan() const {
    return plans_ < kPlansPerStep && planned_ecus_ < kPlannedEcusPerStep;
  }
  /// The plan for a configuration; makes it (and asks for the build) on first sight, for this step
  /// too.
  Plan plan_of(const Digest& configuration) {
    if (const auto known = campaign_.plans.find(configuration); known != campaign_.plans.end())
      return known->second;
    if (const auto known = made_.find(configuration); known != made_.end()) return known->second;
    auto content = plan_package(state_.configurations.at(configuration), campaign_.order.content);
    const auto key = key_of(content);
    const bool nothing = content.zones.empty();
    for (const auto& zone : content.zones) planned_ecus_ += zone.ecus.size();
    events_.push_back(vehicle::PackagePlanned{id_, configuration, key, std::move(content),
                                              now_ + campaign_.order.policy.build_timeout});
    ++plans_;
    return made_[configuration] = nothing ? Plan{} : Plan{key};
  }

  Time now_;
  const CampaignId& id_;
  const Campaign& campaign_;
  const State& state_;
  std::vector<Event>& events_;
  std::map<Digest, Plan> made_;
  std::size_t plans_ = 0, planned_ecus_ = 0;
  std::uint64_t offered_;
  Time wait_until_;
  bool withdrawn_;  ///< a release of the content was deprecated: never offered again
};

/// Members whose vehicles other campaigns keep busy are given up: unreached, not executed.
void give_up(const CampaignId& id, const Campaign& campaign, const State& state,
             std::vector<Event>& events) {
  for (std::uint64_t index = 0; index < reach(campaign); ++index) {
    if (events.size() >= kFactsPerStep) return;  // the others in the next step
    const auto& member = campaign.members[index];
    const auto* vehicle = state.find(member.at.vehicle);
    if (!waits(campaign, index) || vehicle == nullptr || !vehicle->assignment) continue;
    const auto wave = wave_of(campaign, index);
    events.push_back(vehicle::AssignmentEnded{
        member.at.vehicle, id, WaveNumber{wave}, campaign.order.waves[wave - 1].attempt,
        CommandId{}, vehicle::EndReason::kTimedOut, "busy with another campaign"});
  }
  events.push_back(vehicle::MembersScanned{id, campaign.scan_from, campaign.scan_from, Time{}});
}

/// Somebody is waited for.
bool is_patient(const Campaign& campaign) {
  return campaign.order.phase == OrderPhase::kRun && campaign.wait_until != Time{};
}

void time_out(Time now, const State& state, std::vector<Event>& events) {
  for (const auto& [indexed, id] : state.deadlines) {
    if (indexed > now || events.size() >= kTimeoutsPerStep) break;
    const auto& v = state.vehicles.at(id);
    if (!v.assignment || v.assignment->deadline == Time{} || v.assignment->deadline > now) continue;
    const auto& a = *v.assignment;
    const bool obeys = a.step > Step::kOffered && a.step < Step::kInstalling && !a.cancelling;
    if (obeys)
      events.push_back(vehicle::CommandIssued{id, command_id(a.campaign, id, a.attempt, "timeout"),
                                              a.command, vehicle::CommandKind::kCancel,
                                              now + std::chrono::hours(24), now});
    events.push_back(vehicle::AssignmentEnded{
        id, a.campaign, a.wave, a.attempt, a.command,
        a.cancelling ? vehicle::EndReason::kCancelled : vehicle::EndReason::kTimedOut,
        (a.cancelling ? "cancelled while " : "timed out while ") + std::string(to_string(a.step))});
  }
  for (const auto& [key, package] : state.packages) {
    if (events.size() >= kTimeoutsPerStep) break;
    if (!package.artifact && !package.failed && package.deadline != Time{} &&
        package.deadline <= now)
      events.push_back(vehicle::PackageNoted{key, std::nullopt, "the build timed out"});
  }
}

}  // namespace

std::vector<Event> advance(Time now, const State& state) {
  std::vector<Event> events;
  time_out(now, state, events);
  if (!events.empty()) return events;  // what they change is looked at in the next step
  for (const auto& [id, campaign] : state.campaigns) {
    if (!has_work(campaign)) continue;
    if (campaign.order.phase == OrderPhase::kSurvey)
      survey(id, campaign, state, events);
    else
      Scan(now, id, campaign, state, events).run();
    return events;  // one campaign a step: the next one sees what this one did
  }
  for (const auto& [id, campaign] : state.campaigns) {
    if (!is_patient(campaign) || campaign.wait_until > now) continue;
    give_up(id, campaign, state, events);
    return events;
  }
  return events;
}

std::optional<Time> Shard::next_deadline(const State& state) {
  for (const auto& [id, campaign] : state.campaigns)
    if (has_work(campaign)) return Time::min();
  std::optional<Time> next;
  const auto consider = [&](Time deadline) {
    if (!next || deadline < *next) next = deadline;
  };
  if (!state.deadlines.empty()) consider(state.deadlines.begin()->first);
  for (const auto& [key, package] : state.packages)
    if (!package.artifact && !package.failed && package.deadline != Time{})
      consider(package.deadline);
  for (const auto& [id, campaign] : state.campaigns)
    if (is_patient(campaign)) consider(campaign.wait_until);
  return next;
}

}  // namespace motorcade::core::shard
