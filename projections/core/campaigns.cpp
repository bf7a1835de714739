#include "projections/core/fold.hpp"

namespace motorcade::projections {
namespace {

const char* reason_of(campaign::HoldReason reason) {
  switch (reason) {
    case campaign::HoldReason::kFailureGate:
      return "failure_gate";
    case campaign::HoldReason::kSuccessGate:
      return "success_gate";
    case campaign::HoldReason::kContradicted:
      return "contradicted";
    case campaign::HoldReason::kSurveyTimedOut:
      return "survey_timed_out";
    case campaign::HoldReason::kReleaseDeprecated:
      return "release_deprecated";
    case campaign::HoldReason::kNothingMatched:
      return "nothing_matched";
  }
  return "unknown";
}

/// Makes the changes of one envelope's campaign facts.
struct CampaignFold {
  std::string position;
  Time at;
  RowChanges& out;

  void move(const CampaignId& campaign, CampaignStatus to, std::string reason = {},
            Generation generation = {}, std::optional<std::string> approver = {}) const {
    out.push_back(MoveCampaign{campaign, to, std::move(approver), std::move(reason), generation,
                               position, at});
  }
  void wave(MoveWave change) const {
    change.at = at;
    out.push_back(std::move(change));
  }

  void operator()(const campaign::CampaignCreated& e) const {
    out.push_back(AddCampaign{e, position, at});
  }
  void operator()(const campaign::CampaignProposed& e) const {
    move(e.campaign, CampaignStatus::kProposed);
  }
  void operator()(const campaign::CampaignApproved& e) const {
    move(e.campaign, CampaignStatus::kApproved, {}, {}, e.by);
  }
  void operator()(const campaign::CampaignStarted& e) const {
    move(e.campaign, CampaignStatus::kSurveying, {}, e.generation);
  }
  void operator()(const campaign::SurveyTaken&) const {}
  void operator()(const campaign::WavesPlanned& e) const {
    for (std::uint32_t i = 0; i < e.waves.size(); ++i) {
      out.push_back(AddWave{e.campaign, WaveNumber{i + 1}, e.waves[i]});
    }
    move(e.campaign, CampaignStatus::kRunning);
  }
  void operator()(const campaign::WaveOpened& e) const {
    wave({.campaign = e.campaign, .wave = e.wave, .to = WaveState::kOpen, .attempt = e.attempt});
  }
  void operator()(const campaign::TallyTaken& e) const { out.push_back(SetTally{e.tally}); }
  void operator()(const campaign::WaveSoaking& e) const {
    wave({.campaign = e.campaign,
          .wave = e.wave,
          .to = WaveState::kSoaking,
          .soaking_until = e.until});
  }
  void operator()(const campaign::WavePassed& e) const {
    wave(
        {.campaign = e.campaign, .wave = e.wave, .to = WaveState::kPassed, .evidence = e.evidence});
  }
  void operator()(const campaign::WaveHeld& e) const {
    move(e.campaign, CampaignStatus::kHeld, reason_of(e.reason), e.generation);
    if (e.wave.value == 0) return;
    wave({.campaign = e.campaign,
          .wave = e.wave,
          .to = WaveState::kHeld,
          .reason = reason_of(e.reason),
          .evidence = e.evidence});
  }
  void operator()(const campaign::WaveSkipped& e) const {
    wave({.campaign = e.campaign,
          .wave = e.wave,
          .to = WaveState::kSkipped,
          .reason = "skipped by " + e.by});
  }
  void operator()(const campaign::CampaignPaused& e) const {
    move(e.campaign, CampaignStatus::kPaused, e.reason, e.generation);
  }
  void operator()(const campaign::CampaignResumed& e) const {
    move(e.campaign, CampaignStatus::kRunning, {}, e.generation);
  }
  void operator()(const campaign::CampaignAborted& e) const {
    move(e.campaign, CampaignStatus::kAborted, e.reason, e.generation);
  }
  void operator()(const campaign::CampaignCancelled& e) const {
    move(e.campaign, CampaignStatus::kCancelled, e.reason);
  }
  void operator()(const campaign::CampaignCompleted& e) const {
    move(e.campaign, CampaignStatus::kCompleted, {}, e.generation);
  }
  void operator()(const campaign::AlarmRaised& e) const {
    out.push_back(RaiseAlarm{e.campaign, e.contradicted, at});
  }
  void operator()(const campaign::ReleaseNoted&) const {}
  void operator()(const campaign::Refused&) const {}
  void operator()(const campaign::AlreadySatisfied&) const {}
};

}  // namespace

void fold_campaigns(const Envelope& envelope, const campaign::Event& event, RowChanges& out) {
  const std::string position = to_string(Position{envelope.partition, envelope.sequence});
  std::visit(CampaignFold{position, envelope.committed_at, out}, event);
}

}  // namespace motorcade::projections
