// An operator, an approver and a release engineer, who look at what is in the log now and then and
// ask for the next thing, until they see it there.
#pragma once
#include "simulation/world.hpp"

namespace motorcade::simulation {

struct CampaignPlan {
  CampaignId id;
  campaign::Definition definition;
  unsigned most_holds = 3;   ///< answered by retry or skip; then it is aborted
  bool leaves_held = false;  ///< rather than that: the first hold stays
  bool leaves_paused = false;
  unsigned most_pauses = 0;
  std::uint64_t aborts = 0;  ///< per mille of the looks at it while it runs
};

class Operator {
 public:
  Operator(World& world, Dice dice) : world_(world), dice_(std::move(dice)) {}

  std::vector<ReleaseTarget> releases;
  std::vector<CampaignPlan> plans;
  std::optional<ReleaseId> deprecates;  ///< as soon as a campaign runs

  void begin() { look(); }
  /// Every campaign has ended, or is held and stays so.
  [[nodiscard]] bool done();

 private:
  void look();
  bool upload();
  void act(CampaignPlan& plan);
  void answer_hold(CampaignPlan& plan, const core::campaigns::Campaign& campaign);
  [[nodiscard]] bool ended(const CampaignPlan& plan);

  World& world_;
  Dice dice_;
};

}  // namespace motorcade::simulation
