// One vehicle of a fleet: its ECUs, and its VMG, which is started again when its power failed.
#pragma once
#include "vehicle_agent/fleet/spec.hpp"
#include "vehicle_agent/zonal_gateway/in_vehicle_network.hpp"

namespace motorcade::fleet {

class Vehicle {
 public:
  Vehicle(boost::asio::any_io_executor executor, boost::asio::thread_pool& pool, VehicleSpec spec,
          vmg::Log log);
  /// Errors: what keeps it from living at all (storage, ports, certificates).
  [[nodiscard]] Result<void> start();
  /// Starts a VMG that has stopped by itself anew; called now and then.
  void look_after();
  void stop();
  [[nodiscard]] const std::string& vin() const { return spec_.vmg.vin; }
  [[nodiscard]] vmg::VmgStatus status() const;
  void feed(const agent::Input& input) { vmg_->feed(input); }

 private:
  Result<void> start_ecus();
  Result<void> start_network();
  Result<void> start_vmg();

  boost::asio::any_io_executor executor_;
  boost::asio::thread_pool& pool_;
  VehicleSpec spec_;
  vmg::Log log_;
  std::unique_ptr<in_vehicle::InVehicleNetwork> network_;  // full only
  std::shared_ptr<vmg::InVehicle> ecus_;
  std::shared_ptr<vmg::Vmg> vmg_;
  std::string error_;
};

}  // namespace motorcade::fleet
