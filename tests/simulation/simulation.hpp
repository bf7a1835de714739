// One simulation: an engine, a fleet of real VMG cores and an operator, from one seed, in virtual
// time, through whatever the seed's weather brings, to the end of every wait. Then the promises
// (design §2) are checked.
#pragma once
#include "simulation/chaos.hpp"
#include "simulation/operator.hpp"
#include "simulation/vmg_vehicle.hpp"

namespace motorcade::simulation {

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);
  ~Simulation();

  /// What is wrong; empty: every promise is kept.
  [[nodiscard]] std::vector<std::string> run();
  /// The weather and the world, for whoever must find out why.
  [[nodiscard]] std::string describe();
  /// Of everything that the log holds: the same seed gives the same.
  [[nodiscard]] Digest trace();
  [[nodiscard]] World& world() { return world_; }

 private:
  void plan_fleet();
  void plan_campaigns();
  [[nodiscard]] campaign::Definition define(std::vector<ReleaseId> releases);
  void become_calm();
  void look_whether_it_is_over();
  [[nodiscard]] bool at_rest();
  [[nodiscard]] bool rests(const core::shard::State& state, const core::Assignment& a) const;
  void judge();
  void judge_campaign(const CampaignPlan& plan);
  void judge_waves(const CampaignPlan& plan, const core::campaigns::Campaign& campaign);
  void judge_reports(VmgVehicle& vehicle);
  void judge_versions(VmgVehicle& vehicle);

  Dice dice_;
  World world_;
  Chaos chaos_;
  Operator operator_;
  std::vector<std::unique_ptr<VmgVehicle>> fleet_;
  bool calm_ = false;
  std::uint64_t at_rest_after_ = 0;  ///< envelopes; the same twice: nothing moves
};

}  // namespace motorcade::simulation
