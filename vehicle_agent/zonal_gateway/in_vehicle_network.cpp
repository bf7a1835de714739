#include "vehicle_agent/zonal_gateway/in_vehicle_network.hpp"

namespace motorcade::in_vehicle {
namespace {

/// Ids become directory names.
bool is_name(const std::string& id) {
  const bool good = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  return good && !id.empty() && id.size() <= 64;
}

tl::unexpected<Error> invalid(std::string what) {
  return failure(Errc::invalid_setting, std::move(what));
}

}  // namespace

InVehicleNetwork::InVehicleNetwork(asio::any_io_executor executor, NetworkSpec spec)
    : strand_(asio::make_strand(std::move(executor))), spec_(std::move(spec)) {
  std::uint16_t zone_number = 0;
  std::uint16_t ecu_number = 0;
  for (auto& zone : spec_.zones) {
    ++zone_number;
    if (zone.number == 0) zone.number = zone_number;
    for (auto& ecu : zone.ecus) {
      ++ecu_number;
      if (ecu.number == 0) ecu.number = ecu_number;
    }
  }
}

InVehicleNetwork::~InVehicleNetwork() {
  stop();
}

Result<void> InVehicleNetwork::check() const {
  std::set<std::string> ids;
  std::set<std::uint16_t> zones, ecus;
  for (const auto& zone : spec_.zones) {
    if (!is_name(zone.id) || !ids.insert(zone.id).second)
      return invalid("zone id '" + zone.id + "' is used twice or is not a name");
    if (zone.number > 0xFF || !zones.insert(zone.number).second)
      return invalid("zone " + zone.id + ": number used twice or above 255");
    for (const auto& ecu : zone.ecus) {
      if (!is_name(ecu.id) || !ids.insert(ecu.id).second)
        return invalid("ECU id '" + ecu.id + "' is used twice or is not a name");
      if (ecu.number > 0x0FFF || !ecus.insert(ecu.number).second)
        return invalid("ECU " + ecu.id + ": number used twice or above 4095");
    }
  }
  return {};
}

Result<void> InVehicleNetwork::start() {
  if (auto checked = check(); !checked) return checked;
  for (const auto& zone : spec_.zones) {
    std::vector<EcuLink::Settings> links;
    for (const auto& ecu : zone.ecus) {
      auto started = start_ecu(zone, ecu, ecu.number);
      if (!started) return tl::unexpected(std::move(started).error());
      EcuLink::Settings link;
      link.ecu_id = ecu.id;
      link.address = (*started)->address();
      link.endpoint = {spec_.entity.bind, (*started)->port()};
      links.push_back(std::move(link));
      ecus_[ecu.id] = std::move(*started);
    }
    auto started = start_gateway(zone, zone.number, std::move(links));
    if (!started) return started;
  }
  return {};
}

Result<std::shared_ptr<Ecu>> InVehicleNetwork::start_ecu(const ZoneSpec& zone, const EcuSpec& ecu,
                                                         std::uint16_t number) {
  EcuSettings settings;
  settings.identity.id = ecu.id;
  settings.identity.number = number;
  settings.identity.type = ecu.type;
  settings.identity.hardware_id = ecu.hardware_id;
  settings.identity.serial = spec_.vin + "-" + ecu.id;
  settings.identity.part_number = ecu.type + "-" + ecu.hardware_id;
  settings.identity.vin = spec_.vin;
  settings.version = ecu.version;
  settings.image = ecu.image;
  settings.faults = ecu.faults;
  settings.timing = spec_.timing;
  settings.boot_policy = spec_.boot_policy;
  settings.secret = spec_.secret;
  settings.entity = spec_.entity;
  settings.entity.port = 0;
  if (spec_.directory.empty())
    return Ecu::start(strand_, std::move(settings), make_memory_storage());
  auto storage = make_file_storage(spec_.directory / zone.id / ecu.id);
  if (!storage) return tl::unexpected(std::move(storage).error());
  return Ecu::start(strand_, std::move(settings), std::move(*storage));
}

Result<void> InVehicleNetwork::start_gateway(const ZoneSpec& zone, std::uint16_t number,
                                             std::vector<EcuLink::Settings> links) {
  GatewaySettings settings;
  settings.identity.zone_id = zone.id;
  settings.identity.vin = spec_.vin;
  settings.number = number;
  settings.ecus = std::move(links);
  settings.jobs.secret = spec_.secret;
  settings.packages.trust = spec_.trust;
  if (!spec_.directory.empty()) settings.directory = spec_.directory / zone.id;
  settings.discovery = spec_.discovery;
  settings.entity = spec_.entity;
  settings.entity.port = 0;
  auto gateway = ZonalGateway::start(strand_, std::move(settings));
  if (!gateway) return tl::unexpected(std::move(gateway).error());
  ZoneEndpoint endpoint;
  endpoint.zone_id = zone.id;
  endpoint.endpoint = {spec_.entity.bind, (*gateway)->port()};
  endpoint.address = (*gateway)->address();
  endpoint.udp_port = (*gateway)->udp_port();
  endpoints_.push_back(std::move(endpoint));
  gateways_.push_back(std::move(*gateway));
  return {};
}

void InVehicleNetwork::stop() {
  asio::post(strand_, [gateways = std::move(gateways_), ecus = std::move(ecus_)] {
    for (const auto& gateway : gateways) gateway->stop();
    for (const auto& [id, ecu] : ecus) ecu->stop();
  });
  gateways_.clear();
  ecus_.clear();
}

ZoneClientSettings InVehicleNetwork::client_settings() const {
  ZoneClientSettings settings;
  settings.secret = spec_.secret;
  return settings;
}

std::set<std::uint16_t> InVehicleNetwork::ports() const {
  std::set<std::uint16_t> ports;
  for (const auto& gateway : gateways_) ports.insert(gateway->port());
  for (const auto& [id, ecu] : ecus_) ports.insert(ecu->port());
  return ports;
}

bool InVehicleNetwork::set_faults(const std::string& ecu_id, EcuFaults faults) {
  const auto found = ecus_.find(ecu_id);
  if (found == ecus_.end()) return false;
  asio::post(strand_, [ecu = found->second, faults] { ecu->set_faults(faults); });
  return true;
}

bool InVehicleNetwork::set_dtc(const std::string& ecu_id, std::uint32_t code, std::uint8_t status) {
  const auto found = ecus_.find(ecu_id);
  if (found == ecus_.end()) return false;
  asio::post(strand_, [ecu = found->second, code, status] { ecu->set_dtc(code, status); });
  return true;
}

void InVehicleNetwork::set_temperature(std::int16_t celsius) {
  for (const auto& gateway : gateways_)
    asio::post(strand_, [gateway, celsius] { gateway->set_temperature(celsius); });
}

}  // namespace motorcade::in_vehicle
