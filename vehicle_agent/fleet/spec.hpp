// What a fleet is made of: the vehicles' build, and what goes wrong in which of them.
#pragma once
#include <set>

#include "vehicle_agent/vmg/vmg.hpp"

namespace motorcade::fleet {

/// What a vehicle left the factory with.
struct Build {
  std::string model;
  std::uint32_t year{};
  Configuration configuration;
};

struct VehicleFaults {
  vmg::Faults vmg;
  std::set<std::string> bad_flash;    ///< ECUs that fail to be flashed
  std::set<std::string> bad_boot;     ///< ECUs whose new software does not come up
  bool power_cut_everywhere = false;  ///< gateways and ECUs fall with the VMG, and start from disk
};

enum class Weight {
  kFull,   ///< zonal gateways and ECUs on loopback sockets, DoIP and UDS
  kLight,  ///< ECUs in memory; the same core, outbox, MQTT and HTTPS
};

struct VehicleSpec {
  Weight weight = Weight::kFull;
  Build build;
  VehicleFaults faults;
  vmg::VmgOptions vmg;       ///< its directory and VIN too
  bool ecus_on_disk = true;  ///< full: banks in files; else they are new at each start
};

}  // namespace motorcade::fleet
