// The vehicle behind the VMG over DoIP: one client per zonal gateway. What a gateway claims is
// checked against an inventory that is read afterwards.
#pragma once
#include <filesystem>
#include <map>

#include "vehicle_agent/vmg/in_vehicle.hpp"
#include "vehicle_agent/zone_link/zone_client.hpp"

namespace motorcade::vmg {

struct ZoneAccess {
  in_vehicle::ZoneEndpoint endpoint;
  std::string model;  ///< hardware of the gateway, for the VCI
};

class ZoneNetwork final : public InVehicle {
 public:
  /// `scratch`: a directory for the package that is being sent.
  ZoneNetwork(std::vector<ZoneAccess> zones, in_vehicle::ZoneClientSettings settings,
              std::filesystem::path scratch);

  boost::asio::awaitable<Result<Configuration>> inventory() override;
  boost::asio::awaitable<ZonesOutcome> install(agent::ZonePlan zone,
                                               otap::SourcePtr package) override;
  boost::asio::awaitable<ZonesOutcome> activate(std::vector<agent::ZonePlan> zones) override;
  boost::asio::awaitable<ZonesOutcome> roll_back(std::vector<agent::ZonePlan> zones) override;

 private:
  struct Access {
    in_vehicle::ZoneClient client;
    std::string model;
  };
  using Inventory = Result<in_vehicle::ZoneInventory>;
  boost::asio::awaitable<Inventory> read_zone(std::string gateway);
  /// After a restart the gateway may still be at the job of before.
  boost::asio::awaitable<void> wait_for_running_job(Access& zone);

  std::map<std::string, Access> zones_;  // by gateway
  std::filesystem::path scratch_;
};

}  // namespace motorcade::vmg
