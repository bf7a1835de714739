#include "simulation/operator.hpp"

namespace motorcade::simulation {

using namespace std::chrono_literals;
using core::campaigns::Phase;

void Operator::look() {
  world_.watcher.look();
  if (upload())
    for (auto& plan : plans)
      if (!ended(plan)) act(plan);
  world_.clock.after(dice_.between(5s, 40s), [this] { look(); });
}

/// False: not yet.
bool Operator::upload() {
  bool all = true;
  for (const auto& release : releases) {
    if (world_.watcher.knows_release(release.release)) continue;
    all = false;
    world_.request(catalog::UploadRelease{release, "image.bin", "", "rita"}, release.ecu_type);
  }
  return all;
}

void Operator::act(CampaignPlan& plan) {
  const auto& id = plan.id;
  const auto* campaign = world_.watcher.campaign(id);
  if (campaign == nullptr) return world_.request(campaign::Create{id, "ann", plan.definition}, id);
  switch (campaign->phase) {
    case Phase::kDraft:
      return world_.request(campaign::Propose{id, "ann"}, id);
    case Phase::kProposed:
      return world_.request(campaign::Approve{id, "bob", campaign->content_hash}, id);
    case Phase::kApproved:
      return world_.request(campaign::Start{id, "ann"}, id);
    case Phase::kRunning:
      if (deprecates)
        world_.request(catalog::DeprecateRelease{*deprecates, "rita", "recalled"},
                       releases.front().ecu_type);
      if (plan.most_pauses > 0 && dice_.chance(100)) {
        --plan.most_pauses;
        world_.request(campaign::Pause{id, "ann", "lunch"}, id);
      }
      if (dice_.chance(plan.aborts)) world_.request(campaign::Abort{id, "ann", "enough"}, id);
      return;
    case Phase::kPaused:
      if (plan.leaves_paused || !dice_.chance(200)) return;
      if (deprecates) return world_.request(campaign::Abort{id, "ann", "recalled"}, id);
      return world_.request(campaign::Resume{id, "ann", campaign::Resumption::kContinue}, id);
    case Phase::kHeld:
      return answer_hold(plan, *campaign);
    default:
      return;
  }
}

void Operator::answer_hold(CampaignPlan& plan, const core::campaigns::Campaign& campaign) {
  const auto& id = plan.id;
  using enum campaign::HoldReason;
  const bool hopeless = campaign.held_for == kReleaseDeprecated ||
                        campaign.held_for == kSurveyTimedOut ||
                        campaign.held_for == kNothingMatched || plan.most_holds == 0;
  if (hopeless) return world_.request(campaign::Abort{id, "ann", "hopeless"}, id);
  --plan.most_holds;
  auto how = dice_.chance(600) ? campaign::Resumption::kRetry : campaign::Resumption::kSkip;
  if (campaign.held_for == kContradicted) how = campaign::Resumption::kContinue;
  world_.request(campaign::Resume{id, "ann", how}, id);
}

bool Operator::ended(const CampaignPlan& plan) {
  const auto* campaign = world_.watcher.campaign(plan.id);
  if (campaign == nullptr) return false;
  return campaign->phase == Phase::kCompleted || campaign->phase == Phase::kAborted ||
         campaign->phase == Phase::kCancelled ||
         (campaign->phase == Phase::kHeld && plan.leaves_held);
}

bool Operator::done() {
  return std::all_of(plans.begin(), plans.end(), [this](const auto& plan) { return ended(plan); });
}

}  // namespace motorcade::simulation
