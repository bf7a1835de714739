// A whole campaign in virtual time: thousands of light vehicles, the owners on a log in memory, an
// operator; and what it should come to, as sentences.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/campaigns/light_vehicle.hpp"
#include "simulation/operator.hpp"

namespace motorcade::simulation {

/// What a campaign is asked for.
struct Asked {
  std::size_t vehicles = 2'000;
  std::vector<std::uint32_t> cumulative_percent = {10, 50, 100};
  campaign::Gate gate;
  Policy policy = {std::chrono::hours(1), std::chrono::hours(1), std::chrono::hours(1),
                   std::chrono::hours(1), std::chrono::hours(1), 0};
  std::string model;                                   ///< the filter's; empty: all
  Duration one_by_one = std::chrono::milliseconds(5);  ///< members of a wave answer so far apart
  PartitionCounts counts = {4, 1, 1};
};

class Scenario {
 public:
  using Story = std::vector<std::string>;
  explicit Scenario(Asked asked = {});

  /// Members of a wave (1, 2 …) in the order of their ranks.
  [[nodiscard]] std::vector<LightVehicle*> wave(std::size_t number);
  /// The first `count` of a wave, from `from` on, behave so.
  void behave(std::size_t wave, std::size_t from, std::size_t count, Behaviour behaviour);
  /// Once, as soon as the story of the campaign has a sentence that begins so, or so long after it.
  void when(std::string sentence, std::function<void()> act, Duration after = {});

  // What operators do.
  void pause() { world.request(campaign::Pause{id, "ann", "lunch"}, id); }
  void resume(campaign::Resumption how) { world.request(campaign::Resume{id, "ann", how}, id); }
  void abort() { world.request(campaign::Abort{id, "ann", "enough"}, id); }
  void deprecate() {
    world.request(catalog::DeprecateRelease{release.release, "rita", "recalled"}, release.ecu_type);
  }
  /// Another campaign for the same release, of this priority.
  CampaignId start_another(std::uint32_t priority, Duration patience);

  /// Runs to its end, and checks the engine's promises.
  void runs();
  /// And compares what it tells from its start on.
  void tells(const Story& expected);
  /// "89 verified, 11 failed": where the members of a campaign stand at the end.
  [[nodiscard]] std::string outcome() { return outcome(id); }
  [[nodiscard]] std::string outcome(const CampaignId& campaign);
  [[nodiscard]] Story story(const CampaignId& campaign);
  /// Assignments that the engine ended, by what it says why.
  [[nodiscard]] std::map<std::string, std::size_t> ends() const;
  [[nodiscard]] std::size_t offers() const;

  World world;
  CampaignId id{{1}};
  ReleaseTarget release;
  bool partition_is_down = false;  ///< the first shard's log takes no append
  bool log_takes_time = false;     ///< so that two owners of a partition take turns

 private:
  struct Cue {
    std::string sentence;
    std::function<void()> act;
    Duration after{};
  };
  void plan_fleet();
  void look();
  [[nodiscard]] bool is_over();
  void check_promises();

  Asked asked_;
  Operator operator_;
  std::vector<std::unique_ptr<LightVehicle>> fleet_;
  std::vector<LightVehicle*> ranked_;
  std::vector<std::size_t> ends_of_waves_;
  std::vector<Cue> cues_;
  std::size_t seen_ = 0;  ///< sentences
  std::size_t open_cues_ = 0;
  Time rest_until_;
};

}  // namespace motorcade::simulation
