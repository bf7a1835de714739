// A UDS server on a DoIP entity: gives it messages and the time, sends what it answers, keeps
// testers apart. ECUs and zonal gateways have one each. Runs on the entity's executor.
#pragma once
#include "vehicle_agent/doip/connection.hpp"
#include "vehicle_agent/uds/server.hpp"

namespace motorcade::in_vehicle {

namespace asio = boost::asio;

/// Unpredictable bytes for security access.
[[nodiscard]] uds::Bytes random_seed();

class UdsEndpoint {
 public:
  UdsEndpoint(asio::any_io_executor executor, doip::Address address, uds::Ports ports,
              uds::ServerSettings settings);
  /// Answers one request, to the end of what it started. True: a reset was asked for and answered;
  /// the caller does it and calls restart(), until when every request gets 0x21. A tester other
  /// than the one whose session it is gets 0x21 too.
  [[nodiscard]] asio::awaitable<bool> serve(std::shared_ptr<doip::Connection> from,
                                            doip::Diagnostic message);
  void restart();

 private:
  [[nodiscard]] bool held_by_another(doip::Address tester);

  asio::any_io_executor executor_;
  doip::Address address_;
  uds::UdsServer server_;
  std::optional<doip::Address> holder_;
  bool busy_ = false;
};

}  // namespace motorcade::in_vehicle
