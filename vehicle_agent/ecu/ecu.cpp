#include "vehicle_agent/ecu/ecu.hpp"

namespace motorcade::in_vehicle {
namespace {

WallTime now_wall() {
  return std::chrono::duration_cast<WallTime>(std::chrono::system_clock::now().time_since_epoch());
}

Result<Banks> open_banks(const EcuSettings& settings, EcuStorage& storage) {
  auto state = storage.load();
  if (!state) return tl::unexpected(std::move(state).error());
  if (*state) {
    auto banks = Banks::decode(**state);
    if (!banks)
      return failure(Errc::storage, "the stored state of " + settings.identity.id +
                                        " is damaged: remove its directory to make a new ECU");
    return std::move(*banks);
  }
  if (auto written = storage.bank(0).assign(settings.image); !written)
    return tl::unexpected(std::move(written).error());
  Bank bank;
  bank.state = BankState::valid;
  bank.version = settings.version;
  bank.size_bytes = settings.image ? settings.image->size() : 0;
  bank.sha256 = digest::sha256(settings.image ? std::string_view(*settings.image) : "");
  Banks banks(std::move(bank));
  if (auto saved = storage.save(banks.encode()); !saved)
    return tl::unexpected(std::move(saved).error());
  return banks;
}

}  // namespace

Result<std::shared_ptr<Ecu>> Ecu::start(asio::any_io_executor executor, EcuSettings settings,
                                        std::unique_ptr<EcuStorage> storage) {
  auto banks = open_banks(settings, *storage);
  if (!banks) return tl::unexpected(std::move(banks).error());
  std::shared_ptr<Ecu> ecu(
      new Ecu(executor, std::move(settings), std::move(*banks), std::move(storage)));
  auto entity_settings = ecu->settings_.entity;
  entity_settings.address = ecu->address_;
  auto entity = doip::Entity::listen(executor, entity_settings, ecu);
  if (!entity) return tl::unexpected(std::move(entity).error());
  ecu->entity_ = std::move(*entity);
  return ecu;
}

Ecu::Ecu(asio::any_io_executor executor, EcuSettings settings, Banks banks,
         std::unique_ptr<EcuStorage> storage)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      address_(doip::ecu_address(settings_.identity.number)),
      storage_(std::move(storage)),
      device_(settings_.identity, settings_.timing, settings_.secret, std::move(banks), *storage_),
      endpoint_(executor_, address_, device_.ports(), settings_.uds) {
  device_.set_faults(settings_.faults);
}

void Ecu::stop() {
  entity_->stop();
}

std::optional<doip::DiagnosticNackCode> Ecu::accepts(doip::Address target) {
  if (target == address_) return std::nullopt;
  return doip::DiagnosticNackCode::unknown_target;
}

asio::awaitable<std::optional<doip::Bytes>> Ecu::report(doip::VendorReport) {
  co_return std::nullopt;  // reports are the gateways' business
}

asio::awaitable<void> Ecu::handle(std::shared_ptr<doip::Connection> from,
                                  doip::Diagnostic message) {
  const auto self = shared_from_this();
  const bool reset = co_await endpoint_.serve(std::move(from), std::move(message));
  if (reset) co_await reboot();
}

/// The answer to 11 leaves first; then all connections fall, and the boot loader tries until an
/// image is up.
asio::awaitable<void> Ecu::reboot() {
  asio::steady_timer timer(executor_);
  entity_->suspend();
  auto result = Banks::BootResult::retry;
  while (result == Banks::BootResult::retry) {
    timer.expires_after(settings_.timing.boot);
    co_await timer.async_wait(doip::as_result);
    result = device_.boot(now_wall(), settings_.boot_policy);
  }
  endpoint_.restart();
  entity_->resume();
}

}  // namespace motorcade::in_vehicle
