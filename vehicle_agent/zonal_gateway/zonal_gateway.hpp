// A zonal gateway: the DoIP entity between the VMG and its ECUs. It answers UDS at its own address,
// routes diagnostic messages to its ECUs by logical address, reports inventory and readiness, and
// installs packages. All on the executor given (a strand or a single thread); it lives until
// `stop`, the caller keeps the pointer.
#pragma once
#include "vehicle_agent/doip/discovery.hpp"
#include "vehicle_agent/doip/entity.hpp"
#include "vehicle_agent/ecu/uds_endpoint.hpp"
#include "vehicle_agent/zonal_gateway/gateway_device.hpp"
#include "vehicle_agent/zonal_gateway/jobs.hpp"

namespace motorcade::in_vehicle {

struct GatewaySettings {
  GatewayIdentity identity;
  std::uint16_t number = 1;  ///< its DoIP address is 0x0100 + number
  std::vector<EcuLink::Settings> ecus;
  Jobs::Settings jobs{};  ///< its secret is the zone's
  PackagePolicy packages{};
  std::filesystem::path directory;  ///< for the package; empty: in memory
  std::int16_t temperature_celsius = 35;
  std::size_t max_waiting = 16;  ///< routed requests in flight; more get 0x21
  uds::ServerSettings uds{{}, 64 * 1024 + 2};
  doip::EntitySettings entity{};
  bool discovery = false;  ///< answer on a UDP port too
};

class ZonalGateway final : public doip::Handler,
                           public GatewayActions,
                           public std::enable_shared_from_this<ZonalGateway> {
 public:
  [[nodiscard]] static Result<std::shared_ptr<ZonalGateway>> start(asio::any_io_executor executor,
                                                                   GatewaySettings settings);
  void stop();
  void set_temperature(std::int16_t celsius) { settings_.temperature_celsius = celsius; }
  [[nodiscard]] std::uint16_t port() const { return entity_->port(); }
  /// 0: no discovery.
  [[nodiscard]] std::uint16_t udp_port() const { return discovery_ ? discovery_->port() : 0; }
  [[nodiscard]] doip::Address address() const { return address_; }
  [[nodiscard]] const std::string& zone_id() const { return settings_.identity.zone_id; }

  std::optional<doip::DiagnosticNackCode> accepts(doip::Address target) override;
  asio::awaitable<void> handle(std::shared_ptr<doip::Connection> from,
                               doip::Diagnostic message) override;
  asio::awaitable<std::optional<doip::Bytes>> report(doip::VendorReport request) override;

  bool start_job(Job job) override;
  const ZoneReport& newest_job() const override { return jobs_->report(); }
  void collect(doip::PayloadType report) override;
  std::optional<doip::Bytes> collected(doip::PayloadType report) const override;

 private:
  using Self = std::shared_ptr<ZonalGateway>;
  ZonalGateway(asio::any_io_executor executor, GatewaySettings settings);
  Result<void> start_discovery();
  EcuLink* link_of(doip::Address target);
  static asio::awaitable<void> forward(Self self, std::shared_ptr<doip::Connection> from,
                                       doip::Diagnostic message);
  static asio::awaitable<void> collect_into(Self self, doip::PayloadType report);
  static asio::awaitable<void> run_job(Self self);
  asio::awaitable<doip::Bytes> make_report(doip::PayloadType type);
  asio::awaitable<ZoneInventory> inventory();
  asio::awaitable<ZoneReadiness> readiness();
  std::uint64_t free_storage_bytes() const;

  asio::any_io_executor executor_;
  GatewaySettings settings_;
  doip::Address address_;
  Jobs::Links links_;
  std::unique_ptr<PackageStore> store_;
  std::unique_ptr<Blob> record_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<GatewayDevice> device_;
  std::unique_ptr<UdsEndpoint> endpoint_;
  std::shared_ptr<doip::Entity> entity_;
  std::shared_ptr<doip::Discovery> discovery_;
  std::map<doip::PayloadType, doip::Bytes> collected_;
  std::size_t waiting_ = 0;
};

}  // namespace motorcade::in_vehicle
