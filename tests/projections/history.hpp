// Random but valid event partitions: what owners could have written, from one seed.
#pragma once
#include <map>
#include <random>
#include <string>
#include <vector>

#include "projections/core/fold.hpp"

namespace motorcade::samples {

using projections::Fact;

class History {
 public:
  explicit History(std::uint64_t seed, PartitionCounts counts = {3, 2, 2});

  [[nodiscard]] const PartitionCounts& counts() const { return counts_; }
  /// The next envelopes of a partition chosen by chance, as bytes.
  std::pair<Partition, std::vector<std::string>> more();

 private:
  struct Update {
    vehicle::Offered offer;
    int reached = 0;  ///< ReportedStep
  };
  struct Vehicle {
    VehicleId id;
    bool registered{};
    std::uint64_t boots{};
    std::optional<Update> update;
    std::optional<CampaignId> verified;
  };
  struct Campaign {
    CampaignId id;
    int phase = 0;  ///< of campaign_facts
    std::uint32_t wave{}, attempt{};
    std::uint64_t generation{}, sequence{};
    bool held{}, paused{};
  };

  std::vector<Fact> vehicle_facts(std::uint16_t shard);
  std::vector<Fact> begin_facts(Vehicle& vehicle);
  std::vector<Fact> step_facts(Vehicle& vehicle);
  std::vector<Fact> campaign_facts(std::uint16_t number);
  std::vector<Fact> wave_facts(Campaign& campaign);
  std::vector<Fact> catalog_facts(std::uint16_t number);
  std::string envelope_of(Partition partition, const std::vector<Fact>& facts);
  std::uint32_t below(std::uint32_t end) {
    return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(random_);
  }
  template <class IdType>
  IdType any_id() {
    IdType made;
    for (auto& byte : made.bytes) byte = static_cast<std::uint8_t>(below(256));
    return made;
  }

  PartitionCounts counts_;
  std::mt19937_64 random_;
  std::map<Partition, std::uint64_t> next_;
  std::map<std::uint16_t, std::vector<Vehicle>> vehicles_;
  std::map<std::uint16_t, std::vector<Campaign>> campaigns_;
  std::map<std::uint16_t, std::vector<ReleaseId>> releases_;
  std::map<std::uint16_t, std::vector<PackageKey>> packages_;
  std::map<Partition, MessageId> requests_;
  Time now_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace motorcade::samples
