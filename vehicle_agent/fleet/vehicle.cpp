#include "vehicle_agent/fleet/vehicle.hpp"

#include "vehicle_agent/fleet/light_vehicle.hpp"
#include "vehicle_agent/vmg/zone_network.hpp"

namespace motorcade::fleet {

namespace {
namespace asio = boost::asio;
using vmg::Errc;
using vmg::failure;

in_vehicle::NetworkSpec network_spec(const VehicleSpec& spec) {
  in_vehicle::NetworkSpec network;
  network.vin = spec.vmg.vin;
  network.trust = spec.vmg.trust;
  if (spec.ecus_on_disk) network.directory = spec.vmg.directory / "zones";
  for (const auto& zone : spec.build.configuration.zones) {
    in_vehicle::ZoneSpec to;
    to.id = zone.gateway;
    for (const auto& ecu : zone.ecus) {
      in_vehicle::EcuSpec one;
      one.id = ecu.id;
      one.type = ecu.type;
      one.hardware_id = ecu.hardware;
      one.version = to_string(ecu.version);
      one.faults.bad_flash = spec.faults.bad_flash.contains(ecu.id);
      one.faults.bad_boot = spec.faults.bad_boot.contains(ecu.id);
      to.ecus.push_back(std::move(one));
    }
    network.zones.push_back(std::move(to));
  }
  return network;
}
}  // namespace

Vehicle::Vehicle(asio::any_io_executor executor, asio::thread_pool& pool, VehicleSpec spec,
                 vmg::Log log)
    : executor_(std::move(executor)), pool_(pool), spec_(std::move(spec)), log_(std::move(log)) {}

Result<void> Vehicle::start() {
  std::error_code failed;
  std::filesystem::create_directories(spec_.vmg.directory, failed);
  if (failed)
    return failure(Errc::kStorage, spec_.vmg.directory.string() + ": " + failed.message());
  TRY_VOID(start_ecus());
  return start_vmg();
}

Result<void> Vehicle::start_ecus() {
  if (spec_.weight == Weight::kFull) return start_network();
  TRY(ecus_, LightVehicle::open(spec_.vmg.directory / "ecus", spec_.build, spec_.faults));
  return {};
}

Result<void> Vehicle::start_network() {
  network_ = std::make_unique<in_vehicle::InVehicleNetwork>(executor_, network_spec(spec_));
  if (const auto started = network_->start(); !started)
    return failure(Errc::kInVehicle, doip::to_string(started.error()));
  std::vector<vmg::ZoneAccess> zones;
  for (const auto& endpoint : network_->endpoints()) {
    const auto zone =
        std::ranges::find(spec_.build.configuration.zones, endpoint.zone_id, &Zone::gateway);
    zones.push_back({endpoint, zone->model});
  }
  ecus_ = std::make_shared<vmg::ZoneNetwork>(std::move(zones), network_->client_settings(),
                                             spec_.vmg.directory);
  return {};
}

Result<void> Vehicle::start_vmg() {
  auto options = spec_.vmg;
  options.faults = spec_.faults.vmg;
  options.agent.model = spec_.build.model;
  options.agent.year = spec_.build.year;
  TRY(vmg_, vmg::Vmg::start(executor_, std::move(options), ecus_, pool_, log_));
  return {};
}

void Vehicle::look_after() {
  if (!vmg_ || !vmg_->stopped() || vmg_->failure_reason().empty()) return;
  error_ = vmg_->failure_reason();
  const bool everywhere = spec_.faults.vmg.power_cut && spec_.faults.power_cut_everywhere;
  spec_.faults.vmg.power_cut.reset();  // once
  if (everywhere) {
    log_("gateways and ECUs fall with it");
    if (network_) network_->stop();
    ecus_.reset();
  }
  auto started = ecus_ ? Result<void>{} : start_ecus();
  if (started) started = start_vmg();
  if (!started) {
    if (error_ != to_string(started.error())) log_("does not start: " + to_string(started.error()));
    error_ = to_string(started.error());
  }
}

void Vehicle::stop() {
  if (vmg_) vmg_->stop();
  if (network_) network_->stop();
}

vmg::VmgStatus Vehicle::status() const {
  return vmg_ ? vmg_->status() : vmg::VmgStatus{false, "down", 0, 0, 0, error_};
}

}  // namespace motorcade::fleet
