// One ECU: a DoIP entity with a UDS server over A/B banks. Everything runs on the executor given (a
// strand or a single thread). It lives until `stop`; the caller keeps the pointer.
#pragma once
#include "vehicle_agent/doip/entity.hpp"
#include "vehicle_agent/ecu/ecu_device.hpp"
#include "vehicle_agent/ecu/uds_endpoint.hpp"

namespace motorcade::in_vehicle {

struct EcuSettings {
  EcuIdentity identity;
  std::string version = "1.0.0";             ///< of a new ECU; later its storage knows
  std::shared_ptr<const std::string> image;  ///< of a new ECU; nothing: an empty image
  EcuTiming timing{};
  BootPolicy boot_policy{};
  EcuFaults faults{};
  std::string secret;  ///< of security access
  uds::ServerSettings uds{};
  doip::EntitySettings entity{};  ///< its address is set from the identity
};

class Ecu final : public doip::Handler, public std::enable_shared_from_this<Ecu> {
 public:
  /// Opens its banks (or makes them), listens. Errors: storage damaged, no port.
  [[nodiscard]] static Result<std::shared_ptr<Ecu>> start(asio::any_io_executor executor,
                                                          EcuSettings settings,
                                                          std::unique_ptr<EcuStorage> storage);
  void stop();
  void set_faults(EcuFaults faults) { device_.set_faults(faults); }
  void set_dtc(std::uint32_t code, std::uint8_t status) { device_.set_dtc(code, status); }
  [[nodiscard]] std::uint16_t port() const { return entity_->port(); }
  [[nodiscard]] doip::Address address() const { return address_; }
  [[nodiscard]] const EcuIdentity& identity() const { return settings_.identity; }
  [[nodiscard]] const Banks& banks() const { return device_.banks(); }

  std::optional<doip::DiagnosticNackCode> accepts(doip::Address target) override;
  asio::awaitable<void> handle(std::shared_ptr<doip::Connection> from,
                               doip::Diagnostic message) override;
  asio::awaitable<std::optional<doip::Bytes>> report(doip::VendorReport request) override;

 private:
  Ecu(asio::any_io_executor executor, EcuSettings settings, Banks banks,
      std::unique_ptr<EcuStorage> storage);
  asio::awaitable<void> reboot();

  asio::any_io_executor executor_;
  EcuSettings settings_;
  doip::Address address_;
  std::unique_ptr<EcuStorage> storage_;
  EcuDevice device_;
  UdsEndpoint endpoint_;
  std::shared_ptr<doip::Entity> entity_;
};

}  // namespace motorcade::in_vehicle
