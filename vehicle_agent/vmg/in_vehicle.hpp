// What the VMG asks of the vehicle behind it. Two make it true: DoIP to zonal gateways
// (zone_network), and ECUs in memory for light fleets (vehicle_agent/fleet).
#pragma once
#include <boost/asio/awaitable.hpp>

#include "events/vocabulary.hpp"
#include "otap/source.hpp"
#include "vehicle_agent/core/inputs.hpp"
#include "vehicle_agent/vmg/errc.hpp"

namespace motorcade::vmg {

/// One result per ECU of the plan, and why, should one have failed.
struct ZonesOutcome {
  std::vector<agent::EcuResult> ecus;
  std::string reason;
};

/// Called from one thread, one call at a time. Each call may be repeated after a power cut and then
/// comes to the same end.
class InVehicle {
 public:
  virtual ~InVehicle() = default;
  /// As the ECUs say at this moment. Errors: kInVehicle; nothing is guessed.
  virtual boost::asio::awaitable<Result<Configuration>> inventory() = 0;
  /// Programs the other banks from the zone's verified package; nothing runs it yet. kProgrammed or
  /// kFailed.
  virtual boost::asio::awaitable<ZonesOutcome> install(agent::ZonePlan zone,
                                                       otap::SourcePtr package) = 0;
  /// Resets into the other banks. kProgrammed: the ECU answers with its target version.
  virtual boost::asio::awaitable<ZonesOutcome> activate(std::vector<agent::ZonePlan> zones) = 0;
  /// Back to the versions before. kRolledBack: the ECU answers with that version.
  virtual boost::asio::awaitable<ZonesOutcome> roll_back(std::vector<agent::ZonePlan> zones) = 0;
};

}  // namespace motorcade::vmg
