#include "vehicle_agent/zonal_gateway/ecu_link.hpp"

namespace motorcade::in_vehicle {

EcuLink::EcuLink(asio::any_io_executor executor, Settings settings)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      freed_(executor_, doip::Clock::time_point::max()) {}

asio::awaitable<EcuLink::Hold> EcuLink::hold() {
  ++waiting_;
  while (held_) co_await freed_.async_wait(doip::as_result);
  --waiting_;
  held_ = true;
  co_return Hold(this);
}

void EcuLink::release() {
  held_ = false;
  if (waiting_ == 0) client_.reset();
  freed_.cancel();
}

asio::awaitable<doip::Result<std::shared_ptr<doip::Client>>> EcuLink::client() {
  if (client_ && client_->is_open()) co_return client_;
  client_.reset();
  auto connected = co_await doip::Client::connect(settings_.endpoint, settings_.doip);
  if (!connected) {
    connected.error().context = settings_.ecu_id + ": " + connected.error().context;
    co_return connected;
  }
  client_ = std::move(*connected);
  co_return client_;
}

asio::awaitable<doip::Result<std::shared_ptr<doip::Client>>> EcuLink::reconnect(
    doip::Clock::duration within) {
  client_.reset();
  const auto until = doip::Clock::now() + within;
  asio::steady_timer pause(executor_);
  while (true) {
    auto connected = co_await client();
    if (connected || doip::Clock::now() >= until) co_return connected;
    pause.expires_after(std::chrono::milliseconds(20));
    co_await pause.async_wait(doip::as_result);
  }
}

asio::awaitable<doip::Result<uds::Bytes>> EcuLink::read(std::uint16_t identifier) {
  auto connected = co_await client();
  if (!connected) co_return tl::unexpected(std::move(connected).error());
  co_return co_await read_identifier(**connected, settings_.address, identifier, settings_.timing);
}

}  // namespace motorcade::in_vehicle
