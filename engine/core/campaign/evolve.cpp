// The fold of campaigns: one branch per fact.
#include "engine/core/campaign/state.hpp"

namespace motorcade::core::campaigns {
namespace {

Campaign& touch(State& state, const CampaignId& id) {
  auto& campaign = state.campaigns[id];
  ++campaign.version.value;
  return campaign;
}

Wave* wave_at(Campaign& campaign, WaveNumber number) {
  if (number.value == 0 || number.value > campaign.waves.size()) return nullptr;
  return &campaign.waves[number.value - 1];
}

void create(State& state, const campaign::CampaignCreated& e) {
  auto& c = touch(state, e.campaign);
  c.definition = e.definition;
  c.content = e.content;
  c.content_hash = e.content_hash;
  c.author = e.by;
}

void take_survey(State& state, const campaign::SurveyTaken& e) {
  auto& c = touch(state, e.chunk.campaign);
  ++c.survey.chunks[e.chunk.shard];
  if (e.chunk.last) c.survey.done.insert(e.chunk.shard);
  c.survey.matched.insert(c.survey.matched.end(), e.chunk.vehicles.begin(), e.chunk.vehicles.end());
}

void plan(State& state, const campaign::WavesPlanned& e) {
  auto& c = touch(state, e.campaign);
  c.survey.matched = {};
  c.survey.deadline = {};
  c.phase = Phase::kRunning;
  c.waves.clear();
  for (const auto& planned : e.waves)
    c.waves.push_back(Wave{.size = planned.size, .last = planned.last});
}

void open(State& state, const campaign::WaveOpened& e) {
  auto& c = touch(state, e.campaign);
  c.phase = Phase::kRunning;
  c.generation = e.generation;
  if (auto* wave = wave_at(c, e.wave); wave != nullptr) {
    wave->phase = WavePhase::kOpen;
    wave->attempt = e.attempt;
    wave->opened_at = e.generation;
    wave->soak_until = {};
  }
}

void hold(State& state, const campaign::WaveHeld& e) {
  auto& c = touch(state, e.campaign);
  c.phase = Phase::kHeld;
  c.held_for = e.reason;
  c.generation = e.generation;
  c.contradicted_seen = contradicted(c);
  if (auto* wave = wave_at(c, e.wave); wave != nullptr) wave->phase = WavePhase::kHeld;
}

}  // namespace

void Campaigns::take(const Cause& cause, State& state) {
  state.requests.taken.reset();
  if (const auto* message = std::get_if<MessageCause>(&cause))
    state.sources.take(*message, state.context.incarnation);
  const auto* request = std::get_if<RequestCause>(&cause);
  if (request == nullptr || request->id.is_zero() || check(cause, state) != Taken::kFresh) return;
  if (!state.campaigns.contains(CampaignId{request->id.bytes})) state.requests.taken = request->id;
}

void Campaigns::evolve(State& state, const Event& event) {
  const auto enter = [&](const auto& e, Phase phase) -> Campaign& {
    auto& c = touch(state, e.campaign);
    c.phase = phase;
    if constexpr (requires { e.by; }) state.requests.remember();
    if constexpr (requires { e.generation; }) c.generation = e.generation;
    return c;
  };
  std::visit(
      Match{
          [&](const campaign::CampaignCreated& e) { create(state, e); },
          [&](const campaign::CampaignProposed& e) { enter(e, Phase::kProposed).proposer = e.by; },
          [&](const campaign::CampaignApproved& e) { enter(e, Phase::kApproved).approver = e.by; },
          [&](const campaign::CampaignStarted& e) {
            enter(e, Phase::kSurveying).survey.deadline = e.deadline;
          },
          [&](const campaign::SurveyTaken& e) { take_survey(state, e); },
          [&](const campaign::WavesPlanned& e) { plan(state, e); },
          [&](const campaign::WaveOpened& e) { open(state, e); },
          [&](const campaign::TallyTaken& e) {
            touch(state, e.tally.campaign).tallies[e.tally.shard] = e.tally;
          },
          [&](const campaign::WaveSoaking& e) {
            auto& c = touch(state, e.campaign);
            if (auto* wave = wave_at(c, e.wave); wave != nullptr) {
              wave->phase = WavePhase::kSoaking;
              wave->soak_until = e.until;
            }
          },
          [&](const campaign::WavePassed& e) {
            auto& c = touch(state, e.campaign);
            if (auto* w = wave_at(c, e.wave); w != nullptr) w->phase = WavePhase::kPassed;
          },
          [&](const campaign::WaveHeld& e) { hold(state, e); },
          [&](const campaign::WaveSkipped& e) {
            auto& c = touch(state, e.campaign);
            if (auto* w = wave_at(c, e.wave); w != nullptr) w->phase = WavePhase::kSkipped;
          },
          [&](const campaign::CampaignPaused& e) { enter(e, Phase::kPaused); },
          [&](const campaign::CampaignResumed& e) { enter(e, Phase::kRunning); },
          [&](const campaign::CampaignAborted& e) { enter(e, Phase::kAborted); },
          [&](const campaign::CampaignCancelled& e) { enter(e, Phase::kCancelled); },
          [&](const campaign::CampaignCompleted& e) { enter(e, Phase::kCompleted); },
          [&](const campaign::AlarmRaised& e) {
            touch(state, e.campaign).contradicted_seen = e.contradicted;
          },
          [&](const campaign::ReleaseNoted& e) {
            state.releases[e.release.release] = {e.release, e.revision, e.deprecated};
          },
          [](const campaign::Refused&) {},
          [&](const campaign::AlreadySatisfied&) { state.requests.remember(); }},
      event);
}

}  // namespace motorcade::core::campaigns
