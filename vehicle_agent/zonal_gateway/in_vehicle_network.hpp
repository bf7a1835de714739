// A whole vehicle's network in one process: zonal gateways and ECUs on loopback sockets. It makes
// its own strand on the executor given, so many vehicles share one or two threads. A vehicle with Z
// zones and E ECUs keeps Z + E listening sockets and, while it works, two descriptors per open
// connection; raise `ulimit -n` for large fleets.
//
//   InVehicleNetwork network(executor, spec);
//   network.start();                                    // at once: sockets listen, with addresses
//   ZoneClient zone(network.endpoints()[0], settings);  // on any executor
//   …
//   network.stop();
#pragma once
#include <boost/asio/strand.hpp>
#include <set>

#include "vehicle_agent/ecu/ecu.hpp"
#include "vehicle_agent/zonal_gateway/zonal_gateway.hpp"
#include "vehicle_agent/zone_link/zone_client.hpp"

namespace motorcade::in_vehicle {

struct EcuSpec {
  std::string id;
  std::string type;
  std::string hardware_id = "TC375";
  std::string version = "1.0.0";  ///< of a new ECU; later its storage knows
  std::uint16_t number = 0;  ///< DoIP address 0x1000 + number; 0: its place in the vehicle, from 1
  std::shared_ptr<const std::string> image;  ///< of a new ECU; shared by all that run it
  EcuFaults faults{};
};
struct ZoneSpec {
  std::string id;
  std::uint16_t number = 0;  ///< DoIP address 0x0100 + number; 0: its place in the vehicle, from 1
  std::vector<EcuSpec> ecus;
};
struct NetworkSpec {
  std::string vin;
  std::vector<ZoneSpec> zones;
  std::filesystem::path
      directory;  ///< of this vehicle: {zone id}/ and {zone id}/{ecu id}/; empty: in memory
  /// Of security access; the zone clients need the same.
  std::string secret = "motorcade-development";
  otap::Trust trust;  ///< whose packages gateways take
  EcuTiming timing{};
  BootPolicy boot_policy{};
  bool discovery = false;         ///< every gateway answers on a UDP port too
  doip::EntitySettings entity{};  ///< bind address and timers; addresses and ports are chosen here
};

class InVehicleNetwork {
 public:
  InVehicleNetwork(asio::any_io_executor executor, NetworkSpec spec);
  ~InVehicleNetwork();
  InVehicleNetwork(const InVehicleNetwork&) = delete;
  InVehicleNetwork& operator=(const InVehicleNetwork&) = delete;

  /// Opens storage, binds and listens. Errors name the zone or ECU: double ids or numbers, damaged
  /// storage, no ports.
  [[nodiscard]] Result<void> start();
  /// Closes every socket, soon; from any thread. What is being flashed is lost as at a power cut.
  void stop();

  // After start(), from any thread:
  [[nodiscard]] const std::vector<ZoneEndpoint>& endpoints() const { return endpoints_; }
  [[nodiscard]] ZoneClientSettings client_settings() const;
  /// Every TCP port that listens, gateways' and ECUs'.
  [[nodiscard]] std::set<std::uint16_t> ports() const;
  /// False: no such ECU.
  bool set_faults(const std::string& ecu_id, EcuFaults faults);
  bool set_dtc(const std::string& ecu_id, std::uint32_t code, std::uint8_t status);
  void set_temperature(std::int16_t celsius);

 private:
  Result<void> check() const;
  Result<std::shared_ptr<Ecu>> start_ecu(const ZoneSpec& zone, const EcuSpec& ecu,
                                         std::uint16_t number);
  Result<void> start_gateway(const ZoneSpec& zone, std::uint16_t number,
                             std::vector<EcuLink::Settings> links);

  asio::strand<asio::any_io_executor> strand_;
  NetworkSpec spec_;
  std::map<std::string, std::shared_ptr<Ecu>> ecus_;
  std::vector<std::shared_ptr<ZonalGateway>> gateways_;
  std::vector<ZoneEndpoint> endpoints_;
};

}  // namespace motorcade::in_vehicle
