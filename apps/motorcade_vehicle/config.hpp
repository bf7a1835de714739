// The configuration file of motorcade-vehicle (config/vehicle.yaml.example documents each setting).
#pragma once
#include <optional>
#include <string>

#include "vehicle_agent/fleet/fleet.hpp"

namespace motorcade::app {

struct FleetConfig {
  std::vector<fleet::VehicleSpec> vehicles;
  vmg::TlsPolicy policy;
  fleet::FleetSettings settings;
};

/// What the command line decides.
struct Override {
  std::optional<std::uint64_t> vehicles;  ///< instead of fleet.vehicles
  std::string vin;                        ///< one vehicle with this VIN
};

/// Errors: invalid_argument, no_such_file_or_directory; the context names the setting.
[[nodiscard]] Result<FleetConfig> read_config(const std::string& path, const Override& override);

/// "MCDEM%012d", 7 -> "MCDEM000000000007". Errors: not 17 characters of ISO 3779 (no I, O, Q).
[[nodiscard]] Result<std::string> vin_of(const std::string& pattern, std::uint64_t number);

class Section;
// fleet_config.cpp: the parts that say what the vehicles are.
[[nodiscard]] Result<fleet::Build> read_build(Section& fleet);
[[nodiscard]] Result<void> read_faults(Section& root, std::vector<fleet::VehicleSpec>& vehicles);

}  // namespace motorcade::app
