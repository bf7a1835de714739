// ECUs in memory, for fleets that are too big for sockets. Their versions are kept in one small
// file, whole or not at all, so that a restart finds the vehicle as it was.
#pragma once
#include <filesystem>
#include <map>
#include <set>

#include "vehicle_agent/fleet/spec.hpp"
#include "vehicle_agent/vmg/in_vehicle.hpp"

namespace motorcade::fleet {

class LightVehicle final : public vmg::InVehicle {
 public:
  /// Errors: kStorage; a file that is none of ours.
  [[nodiscard]] static Result<std::shared_ptr<LightVehicle>> open(std::filesystem::path file,
                                                                  Build build,
                                                                  VehicleFaults faults);

  boost::asio::awaitable<Result<Configuration>> inventory() override;
  boost::asio::awaitable<vmg::ZonesOutcome> install(agent::ZonePlan zone,
                                                    otap::SourcePtr package) override;
  boost::asio::awaitable<vmg::ZonesOutcome> activate(std::vector<agent::ZonePlan> zones) override;
  boost::asio::awaitable<vmg::ZonesOutcome> roll_back(std::vector<agent::ZonePlan> zones) override;

 private:
  struct Banks {
    SemanticVersion running;
    std::optional<SemanticVersion> staged;
  };
  LightVehicle(std::filesystem::path file, Build build, VehicleFaults faults);
  Result<void> load();
  Result<void> save() const;
  [[nodiscard]] Banks* find(const std::string& gateway, const std::string& ecu);
  /// `act` makes an ECU good, or not; the outcome names those that are not.
  template <class Act>
  vmg::ZonesOutcome each(const std::vector<agent::ZonePlan>& zones, agent::EcuOutcome good,
                         std::uint32_t nrc, Act act);

  std::filesystem::path file_;
  Build build_;
  VehicleFaults faults_;
  std::map<std::pair<std::string, std::string>, Banks> ecus_;
};

}  // namespace motorcade::fleet
