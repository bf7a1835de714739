// An auditor beside the engine: folds the stored envelopes from sequence zero as they appear, and
// notes what the engine's promises are checked against. It trusts no live state.
#pragma once
#include <memory>

#include "adapters/memory/store.hpp"
#include "engine/ports/owner_states.hpp"
#include "engine/shell/fold.hpp"

namespace motorcade::simulation {

/// What became of a vehicle's report, by its place: how many facts it left (promised: one).
using ReportFacts = std::map<ReportPlace, std::uint32_t>;

/// What became of the members of one wave, from the shards' facts.
struct WaveMembers {
  std::set<VehicleId> reached;  ///< offered, or decided without an offer
};

class Watcher {
 public:
  explicit Watcher(std::shared_ptr<memory::Store> store);
  /// Folds what is new.
  void look();

  [[nodiscard]] const core::campaigns::Campaign* campaign(const CampaignId& id) const;
  [[nodiscard]] bool knows_release(const ReleaseId& id) const;  ///< every shard and campaign does
  [[nodiscard]] const core::shard::Vehicle* vehicle(const VehicleId& id) const;
  [[nodiscard]] const core::shard::State& shard(std::uint16_t number) const;
  [[nodiscard]] std::size_t shards() const { return shards_.size(); }
  [[nodiscard]] std::vector<ports::OwnerState> states() const;

  [[nodiscard]] const ReportFacts& reports(const VehicleId& id) const;
  [[nodiscard]] const std::vector<Ranked>& matched(const CampaignId& id) { return matched_[id]; }
  [[nodiscard]] const WaveMembers& members(const CampaignId& id, std::uint32_t wave) {
    return waves_[{id, wave}];
  }
  /// Facts of campaigns, in order of their partition.
  [[nodiscard]] const std::vector<campaign::Event>& story() const { return story_; }
  /// Facts of vehicles, in order of their partition; only kept on request.
  bool keep_vehicle_facts = false;
  [[nodiscard]] const std::vector<vehicle::Event>& vehicle_facts() const { return vehicle_facts_; }
  /// What is wrong with the log itself, or with what was counted.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  template <core::Machine M>
  void fold(shell::Fold<M>& fold);
  void note(const shell::Fold<core::shard::Shard>& fold);
  void note(const shell::Fold<core::campaigns::Campaigns>& fold);
  void note(const shell::Fold<core::catalogs::Catalog>&) {}
  void note_fact(const vehicle::Event& event);
  void check_tally(const Tally& tally);

  std::shared_ptr<memory::Store> store_;
  std::vector<shell::Fold<core::shard::Shard>> shards_;
  std::vector<shell::Fold<core::campaigns::Campaigns>> campaigns_;
  std::vector<shell::Fold<core::catalogs::Catalog>> catalogs_;
  std::map<Partition, std::pair<std::uint64_t, std::uint64_t>> places_;  ///< position, reacted
  std::unordered_map<VehicleId, ReportFacts> reports_;
  std::map<CampaignId, std::vector<Ranked>> matched_;
  std::map<std::pair<CampaignId, std::uint32_t>, WaveMembers> waves_;
  /// What a tally of that shard at that sequence must say.
  std::map<std::pair<std::uint16_t, std::uint64_t>, std::map<CampaignId, std::vector<WaveCounts>>>
      counts_;
  std::vector<campaign::Event> story_;
  std::vector<vehicle::Event> vehicle_facts_;
  std::vector<std::string> problems_;
};

/// The state of one partition from a snapshot and what follows it in the log.
[[nodiscard]] Result<ports::OwnerState> replay_from(const ports::Snapshot& snapshot,
                                                    memory::Store& store);

}  // namespace motorcade::simulation
