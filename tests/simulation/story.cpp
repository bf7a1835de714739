#include "simulation/story.hpp"

namespace motorcade::simulation {

namespace {

std::string wave(WaveNumber number) {
  return "wave " + std::to_string(number.value);
}

std::string evidence(const campaign::GateEvidence& e) {
  const auto& c = e.counts;
  auto text = std::to_string(c.executed()) + " of " + std::to_string(e.size) + " executed";
  const std::pair<std::uint64_t, const char*> all[] = {
      {c.verified, " verified"},  {c.failed, " failed"},       {c.rolled_back, " rolled back"},
      {c.declined, " declined"},  {c.timed_out, " timed out"}, {c.cancelled, " cancelled"},
      {c.unreached, " unreached"}};
  for (const auto& [count, name] : all)
    if (count > 0) text += ", " + std::to_string(count) + name;
  return text;
}

std::string sizes(const campaign::WavesPlanned& planned) {
  std::string text = "planned ";
  for (const auto& w : planned.waves)
    text += (&w == planned.waves.data() ? "" : " + ") + std::to_string(w.size);
  return text;
}

std::string held(const campaign::WaveHeld& e) {
  using enum campaign::HoldReason;
  switch (e.reason) {
    case kFailureGate:
      return wave(e.wave) + " held by the failure gate: " + evidence(e.evidence);
    case kSuccessGate:
      return wave(e.wave) + " held by the success gate: " + evidence(e.evidence);
    case kContradicted:
      return "held: a verified vehicle shows otherwise";
    case kSurveyTimedOut:
      return "held: the survey timed out";
    case kReleaseDeprecated:
      return "held: a release was deprecated";
    case kNothingMatched:
      return "held: nothing matched";
  }
  return "held";
}

std::string resumed(campaign::Resumption how) {
  if (how == campaign::Resumption::kRetry) return "resumed by retry";
  return how == campaign::Resumption::kSkip ? "resumed by skip" : "resumed";
}

/// Empty: not worth a sentence.
std::string sentence(const campaign::Event& event) {
  return std::visit(
      Match{[](const campaign::CampaignCreated&) { return std::string("created"); },
            [](const campaign::CampaignApproved&) { return std::string("approved"); },
            [](const campaign::CampaignStarted&) { return std::string("started"); },
            [](const campaign::WavesPlanned& e) { return sizes(e); },
            [](const campaign::WaveOpened& e) {
              return wave(e.wave) + (e.attempt > 1 ? " opened again" : " opened");
            },
            [](const campaign::WaveSoaking& e) { return wave(e.wave) + " soaks"; },
            [](const campaign::WavePassed& e) {
              return wave(e.wave) + " passed: " + evidence(e.evidence);
            },
            [](const campaign::WaveHeld& e) { return held(e); },
            [](const campaign::WaveSkipped& e) { return wave(e.wave) + " skipped by " + e.by; },
            [](const campaign::CampaignPaused&) { return std::string("paused"); },
            [](const campaign::CampaignResumed& e) { return resumed(e.how); },
            [](const campaign::CampaignAborted&) { return std::string("aborted"); },
            [](const campaign::CampaignCancelled&) { return std::string("cancelled"); },
            [](const campaign::CampaignCompleted&) { return std::string("completed"); },
            [](const campaign::AlarmRaised& e) {
              return "alarm: " + std::to_string(e.contradicted) + " contradicted";
            },
            [](const auto&) { return std::string(); }},
      event);
}

}  // namespace

std::vector<std::string> story_of(const std::vector<campaign::Event>& events,
                                  const CampaignId& id) {
  std::vector<std::string> story;
  for (const auto& event : events) {
    const bool of_it = std::visit(
        [&](const auto& e) {
          if constexpr (requires { e.campaign; }) return e.campaign == id;
          return false;
        },
        event);
    if (auto text = of_it ? sentence(event) : std::string(); !text.empty())
      story.push_back(std::move(text));
  }
  return story;
}

}  // namespace motorcade::simulation
