// The vehicles, releases and campaigns that the tests of the engine speak of.
#pragma once
#include "engine/core/machine.hpp"
#include "engine/core/package/plan.hpp"

namespace motorcade::words {

using namespace std::chrono_literals;

template <class IdType>
[[nodiscard]] IdType id(std::uint32_t n) {
  IdType made;
  for (std::size_t i = 0; i < 4; ++i) made.bytes[7 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return made;
}

inline const Time kNoon = Time(Duration(1'700'000'000'000'000));
inline const auto kCampaign = id<CampaignId>(1), kUrgent = id<CampaignId>(2);
inline const auto kCar = id<VehicleId>(100);

inline constexpr PartitionCounts kCounts{.vehicle = 2, .campaign = 1, .catalog = 1};
[[nodiscard]] inline core::Context context(Partition self) {
  return {self, kCounts, id<Incarnation>(7)};
}

/// A release of BRAKE, 2.0.0, for any hardware.
[[nodiscard]] inline ReleaseTarget release(std::uint32_t n = 1, SemanticVersion version = {2, 0, 0},
                                           std::string ecu_type = "BRAKE") {
  return {id<ReleaseId>(n), std::move(ecu_type), "", version, id<Digest>(n), 4096};
}

[[nodiscard]] inline Configuration configuration(SemanticVersion brake,
                                                 SemanticVersion lamp = {1, 0, 0}) {
  return {{{"ZG_CHASSIS",
            "ZG-1",
            {{"ECU_001", "BRAKE", "HW-A", brake}, {"ECU_002", "LAMP", "HW-B", lamp}}}}};
}

[[nodiscard]] inline Policy policy(std::uint32_t priority = 0) {
  return {1h, 2h, 3h, 4h, 5h, priority};
}

[[nodiscard]] inline Artifact artifact(std::uint32_t n = 9) {
  return {id<Digest>(n), 1000};
}

}  // namespace motorcade::words
