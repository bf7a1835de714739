#include "vehicle_agent/zonal_gateway/zonal_gateway.hpp"

#include "vehicle_agent/zonal_gateway/reports.hpp"

namespace motorcade::in_vehicle {
namespace {

constexpr std::uint8_t tester_present = 0x3E;
constexpr std::uint8_t suppress_bit = 0x80;

std::unique_ptr<Blob> blob_in(const std::filesystem::path& directory, const char* name) {
  return directory.empty() ? make_memory_blob() : make_file_blob(directory / name);
}

bool wants_no_answer(const doip::Bytes& request) {
  return request[0] == tester_present && request.size() > 1 && (request[1] & suppress_bit) != 0;
}

}  // namespace

Result<std::shared_ptr<ZonalGateway>> ZonalGateway::start(asio::any_io_executor executor,
                                                          GatewaySettings settings) {
  if (!settings.directory.empty()) {
    std::error_code error;
    std::filesystem::create_directories(settings.directory, error);
    if (error) return failure(error, "making " + settings.directory.string());
  }
  settings.packages.zone_id = settings.identity.zone_id;
  std::shared_ptr<ZonalGateway> gateway(new ZonalGateway(executor, std::move(settings)));
  auto entity_settings = gateway->settings_.entity;
  entity_settings.address = gateway->address_;
  auto entity = doip::Entity::listen(executor, entity_settings, gateway);
  if (!entity) return tl::unexpected(std::move(entity).error());
  gateway->entity_ = std::move(*entity);
  if (!gateway->settings_.discovery) return gateway;
  if (auto started = gateway->start_discovery(); !started)
    return tl::unexpected(std::move(started).error());
  return gateway;
}

Result<void> ZonalGateway::start_discovery() {
  doip::DiscoverySettings settings;
  settings.bind = settings_.entity.bind;
  settings.announcement.vin = settings_.identity.vin;
  settings.announcement.address = address_;
  // No MAC address to take: an EID of our own, locally administered, from the gateway's number.
  settings.announcement.eid = {0x02,
                               0x4D,
                               0x43,
                               0x00,
                               static_cast<std::uint8_t>(settings_.number >> 8),
                               static_cast<std::uint8_t>(settings_.number)};
  settings.announcement.gid = {0x02, 0x4D, 0x43, 0x00, 0x00, 0x00};
  settings.max_sockets = static_cast<std::uint8_t>(settings_.entity.max_sockets);
  doip::Discovery::OpenSockets open = [entity = entity_] { return entity->open_sockets(); };
  auto discovery = doip::Discovery::start(executor_, std::move(settings), std::move(open));
  if (!discovery) return tl::unexpected(std::move(discovery).error());
  discovery_ = std::move(*discovery);
  return {};
}

ZonalGateway::ZonalGateway(asio::any_io_executor executor, GatewaySettings settings)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      address_(doip::gateway_address(settings_.number)) {
  for (auto& ecu : settings_.ecus) {
    ecu.doip.source = address_;
    links_.push_back(std::make_unique<EcuLink>(executor_, ecu));
  }
  store_ = std::make_unique<PackageStore>(blob_in(settings_.directory, "package.otap"),
                                          settings_.packages);
  record_ = blob_in(settings_.directory, "installation.bin");
  jobs_ = std::make_unique<Jobs>(settings_.jobs, links_, *store_, *record_);
  device_ =
      std::make_unique<GatewayDevice>(settings_.identity, settings_.jobs.secret, *store_, *this);
  endpoint_ = std::make_unique<UdsEndpoint>(executor_, address_, device_->ports(), settings_.uds);
}

void ZonalGateway::stop() {
  entity_->stop();
}

EcuLink* ZonalGateway::link_of(doip::Address target) {
  for (const auto& link : links_)
    if (link->settings().address == target) return link.get();
  return nullptr;
}

std::optional<doip::DiagnosticNackCode> ZonalGateway::accepts(doip::Address target) {
  if (target == address_ || link_of(target) != nullptr) return std::nullopt;
  return doip::DiagnosticNackCode::unknown_target;
}

asio::awaitable<void> ZonalGateway::handle(std::shared_ptr<doip::Connection> from,
                                           doip::Diagnostic message) {
  const auto self = shared_from_this();
  if (message.target != address_) {
    asio::co_spawn(executor_, forward(self, std::move(from), std::move(message)), asio::detached);
    co_return;
  }
  const bool reset = co_await endpoint_->serve(std::move(from), std::move(message));
  if (reset) endpoint_->restart();  // the gateway's own software is not updated: its session ends
}

/// To the ECU and back. While a job works on the ECU, or too many wait, the answer is 0x21.
asio::awaitable<void> ZonalGateway::forward(Self self, std::shared_ptr<doip::Connection> from,
                                            doip::Diagnostic message) {
  const auto ecu = message.target;
  const auto tester = message.source;
  const auto service = message.data[0];
  const auto answer = [&](doip::Bytes data) {
    from->send(doip::Diagnostic{ecu, tester, std::move(data)});
  };
  auto& link = *self->link_of(ecu);
  if (self->jobs_->is_running() || self->waiting_ >= self->settings_.max_waiting) {
    answer({0x7F, service, static_cast<std::uint8_t>(uds::Nrc::busy_repeat_request)});
    co_return;
  }
  ++self->waiting_;
  {
    const auto hold = co_await link.hold();
    auto client = co_await link.client();
    if (client && wants_no_answer(message.data)) {
      (void)co_await (*client)->send(ecu, std::move(message.data));
    } else if (client) {
      auto response =
          co_await exchange(**client, ecu, std::move(message.data), link.settings().timing);
      if (response) answer(std::move(*response));
    } else {
      from->send(doip::DiagnosticNack{ecu, tester, doip::DiagnosticNackCode::target_unreachable});
    }
  }
  --self->waiting_;
}

asio::awaitable<std::optional<doip::Bytes>> ZonalGateway::report(doip::VendorReport request) {
  const auto self = shared_from_this();
  if (!is_report_request(request.body)) co_return std::nullopt;
  co_return co_await make_report(request.type);
}

asio::awaitable<doip::Bytes> ZonalGateway::make_report(doip::PayloadType type) {
  if (type == doip::PayloadType::vci_report) {
    const auto found = co_await inventory();
    co_return encode(found);
  }
  const auto found = co_await readiness();
  co_return encode(found);
}

asio::awaitable<ZoneInventory> ZonalGateway::inventory() {
  ZoneInventory inventory;
  inventory.zone_id = settings_.identity.zone_id;
  for (const auto& link : links_) {
    auto record = co_await read_record(*link);
    inventory.ecus.push_back(std::move(record));
  }
  co_return inventory;
}

asio::awaitable<ZoneReadiness> ZonalGateway::readiness() {
  ZoneReadiness readiness;
  readiness.zone_id = settings_.identity.zone_id;
  readiness.busy = jobs_->is_running();
  readiness.free_storage_bytes = free_storage_bytes();
  readiness.temperature_celsius = settings_.temperature_celsius;
  readiness.ecus = static_cast<std::uint16_t>(links_.size());
  for (const auto& link : links_) {
    const auto count = co_await count_critical_dtcs(*link);
    readiness.ecus_reachable =
        static_cast<std::uint16_t>(readiness.ecus_reachable + count.reachable);
    readiness.critical_dtcs = static_cast<std::uint16_t>(readiness.critical_dtcs + count.critical);
  }
  co_return readiness;
}

std::uint64_t ZonalGateway::free_storage_bytes() const {
  if (settings_.directory.empty()) return settings_.packages.package_bytes;
  std::error_code error;
  const auto space = std::filesystem::space(settings_.directory, error);
  return error ? 0 : space.available;
}

bool ZonalGateway::start_job(Job job) {
  if (jobs_->is_running()) return false;
  if (job == Job::install && store_->package() == nullptr) return false;
  jobs_->begin(job);
  asio::co_spawn(executor_, run_job(shared_from_this()), asio::detached);
  return true;
}

asio::awaitable<void> ZonalGateway::run_job(Self self) {
  co_await self->jobs_->run();
}

void ZonalGateway::collect(doip::PayloadType report) {
  collected_.erase(report);
  asio::co_spawn(executor_, collect_into(shared_from_this(), report), asio::detached);
}

asio::awaitable<void> ZonalGateway::collect_into(Self self, doip::PayloadType report) {
  auto body = co_await self->make_report(report);
  self->collected_[report] = std::move(body);
}

std::optional<doip::Bytes> ZonalGateway::collected(doip::PayloadType report) const {
  const auto found = collected_.find(report);
  if (found == collected_.end()) return std::nullopt;
  return found->second;
}

}  // namespace motorcade::in_vehicle
