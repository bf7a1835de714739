// Shards as the tests speak of them: fleets, surveys, offers, assignments on their way.
#pragma once
#include "engine/core/canonical.hpp"
#include "engine/core/shard/state.hpp"
#include "engine/core/words.hpp"
#include "support/given.hpp"

namespace motorcade::core::shard {

using namespace words;
using namespace vehicle;
using vehicle::Event;
using vehicle::Rejection;
using Given = motorcade::testing::Given<Shard>;
using Events = std::vector<Event>;
using enum ReportedStep;

inline const Configuration kOld = configuration({1, 0, 0}), kNew = configuration({2, 0, 0});

inline ReportVci vci(const VehicleId& vehicle, const Configuration& shown, std::uint64_t boot = 1) {
  return {vehicle, "M1", 2024, "VMG-1", "", boot, shown};
}
inline Given with_vci(const Given& given, const VehicleId& vehicle, const Configuration& shown) {
  return given.When(vci(vehicle, shown), kNoon).AndThen();
}
inline Given empty() {
  return {context({Stream::kVehicle, 0}), {}};
}
/// Vehicles 100, 101, … with the old brakes.
inline Given fleet(std::uint32_t count) {
  auto given = empty();
  for (std::uint32_t n = 0; n < count; ++n) given = with_vci(given, id<VehicleId>(100 + n), kOld);
  return given;
}

inline Order order(OrderPhase phase, std::uint64_t generation, std::vector<WaveOrder> waves = {},
                   const CampaignId& campaign = kCampaign, std::uint32_t priority = 0) {
  return {campaign,         {generation},     phase, {}, {release()}, policy(priority), 42,
          std::move(waves), ~std::uint64_t{0}};
}
inline const Ranked kAll{~std::uint64_t{0}, id<VehicleId>(~0U)};
inline Order open_to_all(std::uint64_t generation, const CampaignId& campaign = kCampaign,
                         std::uint32_t priority = 0, std::uint32_t attempt = 1) {
  return order(OrderPhase::kRun, generation, {{kAll, attempt}}, campaign, priority);
}
inline Given surveyed(const Given& given, const CampaignId& campaign = kCampaign) {
  return given.When(TakeOrder{order(OrderPhase::kSurvey, 1, {}, campaign)})
      .AndThen()
      .AfterTicksAt(kNoon);
}
/// Surveyed, open to all, the package asked for and not yet built.
inline Given planned(const Given& given) {
  return surveyed(given).When(TakeOrder{open_to_all(2)}).AndThen().AfterTicksAt(kNoon);
}
inline const PackageKey kKey = key_of(plan_package(kOld, {release()}));
inline const NotePackage kBuilt{kKey, artifact(), ""}, kBuildFailed{kKey, std::nullopt, "no disk"};

inline Given offered(std::uint32_t cars = 1) {
  return planned(fleet(cars)).When(kBuilt).AndThen().AfterTicksAt(kNoon);
}
inline CommandId offer_of(const Given& given, const VehicleId& vehicle = kCar) {
  const auto* known = given.state().find(vehicle);
  return known != nullptr && known->assignment ? known->assignment->command : CommandId{};
}
inline ReportStatus status(const Given& given, ReportedStep step, std::uint64_t boot = 0,
                           const VehicleId& vehicle = kCar) {
  return {vehicle, offer_of(given, vehicle), step, "", 0, 0, boot, {}};
}
inline Given after_steps(Given given, std::initializer_list<ReportedStep> steps,
                         std::uint64_t boot = 1) {
  for (const auto step : steps)
    given = given.When(status(given, step, step >= kInstalling ? boot : 0), kNoon).AndThen();
  return given;
}
inline Given installed(std::uint64_t boot = 2) {
  return after_steps(offered(),
                     {kAccepted, kDownloading, kDownloaded, kPackageVerified, kInstalling,
                      kActivating, kInstalled},
                     boot);
}
inline const WaveCounts& counts(const Given& given, const CampaignId& campaign = kCampaign) {
  return given.state().campaigns.at(campaign).counts.at(0);
}

}  // namespace motorcade::core::shard
