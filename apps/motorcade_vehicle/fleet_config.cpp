// What the vehicles are made of, and what goes wrong in them.
#include <algorithm>

#include "motorcade_vehicle/config.hpp"
#include "motorcade_vehicle/yaml_section.hpp"

namespace motorcade::app {

namespace {
tl::unexpected<Error> invalid(std::string what) {
  return failure(std::errc::invalid_argument, std::move(what));
}

Result<Ecu> read_ecu(Section section, const std::string& version_key) {
  Ecu ecu{section.text("id"), section.text("type"), section.text("hardware", "TC375"), {}};
  (void)section.text("gateway", "");
  const auto version = version_from(section.text(version_key, "1.0.0"));
  if (!version) section.complain(version_key, "is not a version such as 1.0.0");
  if (version) ecu.version = *version;
  TRY_VOID(section.finish());
  return ecu;
}

Result<Zone> read_zone(Section section) {
  Zone zone{section.text("gateway"), section.text("model", "ZG1"), {}};
  for (auto& ecu : section.list("ecus")) {
    TRY(auto one, read_ecu(std::move(ecu), "version"));
    zone.ecus.push_back(std::move(one));
  }
  TRY_VOID(section.finish());
  if (zone.ecus.empty()) return invalid("zone " + zone.gateway + " has no ECUs");
  return zone;
}

/// The first `gateways` of the registry, with the first `ecus` of each.
Result<std::vector<Zone>> zones_of_registry(const std::string& path, std::size_t gateways,
                                            std::size_t ecus) {
  TRY(auto root, read_yaml(path));
  std::vector<Zone> zones;
  for (auto& entry : root.list("ecus")) {
    const auto gateway = entry.text("gateway");
    auto zone = std::ranges::find(zones, gateway, &Zone::gateway);
    if (zone == zones.end()) zone = zones.insert(zones.end(), {gateway, "ZG1", {}});
    TRY(auto ecu, read_ecu(std::move(entry), "initial"));
    if (zone->ecus.size() < ecus) zone->ecus.push_back(std::move(ecu));
  }
  TRY_VOID(root.finish());
  if (zones.size() < gateways)
    return invalid("fleet.gateways: " + path + " has only " + std::to_string(zones.size()));
  zones.resize(gateways);
  return zones;
}

void sort(Configuration& configuration) {
  std::ranges::sort(configuration.zones, {}, &Zone::gateway);
  for (auto& zone : configuration.zones) std::ranges::sort(zone.ecus, {}, &Ecu::id);
}

fleet::VehicleSpec* find(std::vector<fleet::VehicleSpec>& vehicles, const std::string& which) {
  const auto by_vin = std::ranges::find_if(
      vehicles, [&](const fleet::VehicleSpec& spec) { return spec.vmg.vin == which; });
  if (by_vin != vehicles.end()) return &*by_vin;
  if (which.empty() || which.find_first_not_of("0123456789") != which.npos || which.size() > 7)
    return nullptr;
  const auto number = std::stoul(which);
  return number >= 1 && number <= vehicles.size() ? &vehicles[number - 1] : nullptr;
}

std::optional<agent::Phase> phase_from(const std::string& name) {
  static const std::map<std::string, agent::Phase> kPhases{
      {"download", agent::Phase::kDownloading},
      {"verify", agent::Phase::kVerifying},
      {"install", agent::Phase::kInstalling},
      {"activate", agent::Phase::kActivating},
      {"roll_back", agent::Phase::kRollingBack}};
  const auto at = kPhases.find(name);
  return at == kPhases.end() ? std::nullopt : std::optional(at->second);
}

bool has_ecu(const fleet::Build& build, const std::string& id) {
  return std::ranges::any_of(build.configuration.zones, [&](const Zone& zone) {
    return std::ranges::find(zone.ecus, id, &Ecu::id) != zone.ecus.end();
  });
}

void add_ecu_fault(Section& fault, const fleet::Build& build, std::set<std::string>& ecus) {
  const auto ecu = fault.text("ecu");
  if (!has_ecu(build, ecu)) fault.complain("ecu", "is not in this vehicle");
  ecus.insert(ecu);
}

void add_fault(Section& fault, const std::string& kind, fleet::VehicleSpec& spec) {
  auto& faults = spec.faults;
  if (kind == "lost_link") {
    faults.vmg.lost_link_percent = static_cast<std::uint32_t>(fault.number("percent", 1, 99, 50));
  } else if (kind == "bad_flash") {
    add_ecu_fault(fault, spec.build, faults.bad_flash);
  } else if (kind == "bad_boot") {
    add_ecu_fault(fault, spec.build, faults.bad_boot);
  } else if (kind == "duplicate_messages") {
    faults.vmg.duplicate_messages = true;
  } else if (kind == "reorder_messages") {
    faults.vmg.reorder_messages = true;
  } else if (kind == "power_cut") {
    faults.vmg.power_cut = phase_from(fault.text("step"));
    faults.power_cut_everywhere = fault.flag("everywhere", false);
    if (faults.power_cut_everywhere && !spec.ecus_on_disk)
      fault.complain("everywhere", "needs storage.ecus: files: others forget what they had");
    if (!faults.vmg.power_cut)
      fault.complain("step", "must be download, verify, install, activate or roll_back");
  } else {
    fault.complain("kind",
                   "must be lost_link, bad_flash, bad_boot, duplicate_messages, reorder_messages "
                   "or power_cut");
  }
}
}  // namespace

Result<fleet::Build> read_build(Section& fleet) {
  fleet::Build build;
  build.model = fleet.text("model", "Motorcade One");
  build.year = static_cast<std::uint32_t>(fleet.number("year", 1990, 2100, 2026));
  const auto registry = fleet.text("registry", "config/ecu_registry.yaml");
  const auto gateways = fleet.number("gateways", 1, 64, 5);
  const auto ecus = fleet.number("ecus_per_gateway", 1, 100, 2);
  for (auto& zone : fleet.list("zones")) {
    TRY(auto one, read_zone(std::move(zone)));
    build.configuration.zones.push_back(std::move(one));
  }
  if (build.configuration.zones.empty()) {
    TRY(build.configuration.zones, zones_of_registry(registry, gateways, ecus));
  }
  sort(build.configuration);
  return build;
}

Result<void> read_faults(Section& root, std::vector<fleet::VehicleSpec>& vehicles) {
  for (auto& fault : root.list("faults")) {
    const auto which = fault.text("vehicle");
    const auto kind = fault.text("kind");
    auto* spec = find(vehicles, which);
    if (spec == nullptr) fault.complain("vehicle", which + " is not in this fleet");
    if (spec != nullptr) add_fault(fault, kind, *spec);
    TRY_VOID(fault.finish());
  }
  return {};
}

}  // namespace motorcade::app
