// How a campaign goes on by itself: from the survey to waves, from tallies to gates, from wave to
// wave.
#include "engine/core/campaign/state.hpp"

namespace motorcade::core::campaigns {

void hold(const CampaignId& id, const Campaign& campaign, std::uint32_t wave,
          campaign::HoldReason reason, campaign::GateEvidence evidence,
          std::vector<Event>& events) {
  events.push_back(campaign::WaveHeld{id, WaveNumber{wave}, reason, std::move(evidence),
                                      after(campaign.generation)});
}

namespace {

/// Every shard's counts obey the order that opened the wave.
bool all_heard(const Campaign& campaign, const Wave& wave, const State& state) {
  if (campaign.tallies.size() < state.context.counts.vehicle) return false;
  return std::all_of(campaign.tallies.begin(), campaign.tallies.end(),
                     [&](const auto& entry) { return entry.second.generation >= wave.opened_at; });
}

void pass(const CampaignId& id, const Campaign& campaign, std::size_t wave,
          std::vector<Event>& events) {
  events.push_back(campaign::WavePassed{id, WaveNumber{static_cast<std::uint32_t>(wave + 1)},
                                        evidence_of(campaign, wave)});
  open_from(id, campaign, wave + 1, after(campaign.generation), events);
}

}  // namespace

campaign::GateEvidence evidence_of(const Campaign& campaign, std::size_t wave) {
  campaign::GateEvidence evidence{kGateRule,
                                  campaign.waves[wave].size,
                                  counts_of(campaign, wave),
                                  campaign.definition.gate,
                                  {}};
  for (const auto& [shard, tally] : campaign.tallies)
    evidence.read.push_back({shard, tally.sequence});
  return evidence;
}

void plan_waves(const CampaignId& id, const Campaign& campaign, std::vector<Ranked> matched,
                std::vector<Event>& events) {
  std::sort(matched.begin(), matched.end());
  const auto sizes = wave_sizes(matched.size(), campaign.definition.waves);
  campaign::WavesPlanned planned{id, {}};
  std::uint64_t through = 0;
  Campaign next = campaign;
  next.waves.clear();
  for (const auto size : sizes) {
    through += size;
    const Ranked last = through == 0 ? Ranked{} : matched[through - 1];
    planned.waves.push_back({size, last});
    next.waves.push_back(Wave{.size = size, .last = last});
  }
  events.push_back(std::move(planned));
  if (matched.empty())
    hold(id, campaign, 0, campaign::HoldReason::kNothingMatched, {}, events);
  else
    open_from(id, next, 0, after(campaign.generation), events);
}

void open_from(const CampaignId& id, const Campaign& campaign, std::size_t from,
               Generation generation, std::vector<Event>& events) {
  for (std::size_t wave = from; wave < campaign.waves.size(); ++wave) {
    const WaveNumber number{static_cast<std::uint32_t>(wave + 1)};
    if (campaign.waves[wave].size > 0) {
      events.push_back(
          campaign::WaveOpened{id, number, campaign.waves[wave].attempt + 1, generation});
      return;
    }
    events.push_back(
        campaign::WaveSkipped{id, number, "engine: no vehicles"});  // no success either
  }
  events.push_back(campaign::CampaignCompleted{id, generation});
}

void weigh(const CampaignId& id, const Campaign& campaign, const State& state, Time now,
           std::vector<Event>& events) {
  const auto contradictions = contradicted(campaign);
  if (contradictions > campaign.contradicted_seen) {
    if (campaign.phase == Phase::kCompleted) {
      events.push_back(campaign::AlarmRaised{id, contradictions});
      return;
    }
    if (campaign.phase == Phase::kRunning)
      return hold(id, campaign, 0, campaign::HoldReason::kContradicted, {}, events);
  }
  if (campaign.phase != Phase::kRunning || must_hold(campaign, state)) return;
  const auto current = current_wave(campaign);
  if (!current || campaign.waves[*current].phase != WavePhase::kOpen) return;
  const auto& wave = campaign.waves[*current];
  if (!all_heard(campaign, wave, state)) return;
  const auto number = static_cast<std::uint32_t>(*current + 1);
  switch (evaluate_gate(counts_of(campaign, *current), wave.size, campaign.definition.gate)) {
    case GateVerdict::kUndecided:
      return;
    case GateVerdict::kFailedEarly:
      return hold(id, campaign, number, campaign::HoldReason::kFailureGate,
                  evidence_of(campaign, *current), events);
    case GateVerdict::kFailed:
      return hold(id, campaign, number, campaign::HoldReason::kSuccessGate,
                  evidence_of(campaign, *current), events);
    case GateVerdict::kPassed:
      break;
  }
  if (campaign.definition.gate.soak > Duration{})
    events.push_back(
        campaign::WaveSoaking{id, WaveNumber{number}, now + campaign.definition.gate.soak});
  else
    pass(id, campaign, *current, events);
}

namespace {
void advance_one(const CampaignId& id, const Campaign& campaign, const State& state, Time now,
                 std::vector<Event>& events) {
  if (must_hold(campaign, state))
    return hold(id, campaign, 0, campaign::HoldReason::kReleaseDeprecated, {}, events);
  if (campaign.phase == Phase::kSurveying && campaign.survey.deadline <= now)
    return hold(id, campaign, 0, campaign::HoldReason::kSurveyTimedOut, {}, events);
  const auto current = current_wave(campaign);
  if (campaign.phase != Phase::kRunning || !current) return;
  const auto& wave = campaign.waves[*current];
  if (wave.phase != WavePhase::kSoaking || wave.soak_until > now) return;
  const auto verdict =
      evaluate_gate(counts_of(campaign, *current), wave.size, campaign.definition.gate);
  if (verdict == GateVerdict::kPassed) return pass(id, campaign, *current, events);
  hold(id, campaign, static_cast<std::uint32_t>(*current + 1), campaign::HoldReason::kSuccessGate,
       evidence_of(campaign, *current), events);
}
}  // namespace

std::vector<Event> advance(Time now, const State& state) {
  std::vector<Event> events;  // a campaign that goes on may skip kMaxWaves empty waves
  for (const auto& [id, campaign] : state.campaigns) {
    advance_one(id, campaign, state, now, events);
    if (events.size() >= kCampaignsPerStep) break;
  }
  return events;
}

std::optional<Time> Campaigns::next_deadline(const State& state) {
  std::optional<Time> next;
  const auto consider = [&](Time deadline) {
    if (!next || deadline < *next) next = deadline;
  };
  for (const auto& [id, campaign] : state.campaigns) {
    if (must_hold(campaign, state)) return Time::min();
    if (campaign.phase == Phase::kSurveying) consider(campaign.survey.deadline);
    const auto current = current_wave(campaign);
    if (campaign.phase == Phase::kRunning && current &&
        campaign.waves[*current].phase == WavePhase::kSoaking)
      consider(campaign.waves[*current].soak_until);
  }
  return next;
}

}  // namespace motorcade::core::campaigns
