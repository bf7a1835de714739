#include "vehicle_agent/ecu/uds_endpoint.hpp"

#include <random>

namespace motorcade::in_vehicle {
namespace {

uds::Time now() {
  return std::chrono::duration_cast<uds::Time>(doip::Clock::now().time_since_epoch());
}

}  // namespace

uds::Bytes random_seed() {
  std::random_device random;
  uds::Bytes seed;
  while (seed.size() < 16) seed.push_back(static_cast<std::uint8_t>(random()));
  return seed;
}

UdsEndpoint::UdsEndpoint(asio::any_io_executor executor, doip::Address address, uds::Ports ports,
                         uds::ServerSettings settings)
    : executor_(std::move(executor)), address_(address), server_(ports, settings) {}

bool UdsEndpoint::held_by_another(doip::Address tester) {
  const bool in_session = server_.session(now()) != uds::Session::standard;
  return in_session && holder_ && *holder_ != tester;
}

asio::awaitable<bool> UdsEndpoint::serve(std::shared_ptr<doip::Connection> from,
                                         doip::Diagnostic message) {
  const auto tester = message.source;
  const auto send = [&](uds::Bytes response) {
    from->send(doip::Diagnostic{address_, tester, std::move(response)});
  };
  if (busy_ || held_by_another(tester)) {
    send({0x7F, message.data[0], static_cast<std::uint8_t>(uds::Nrc::busy_repeat_request)});
    co_return false;
  }
  holder_ = tester;
  busy_ = true;
  for (auto& response : server_.handle(message.data, now())) send(std::move(response));
  asio::steady_timer timer(executor_);
  while (const auto wake = server_.wakes_at()) {
    timer.expires_after(*wake - now());
    co_await timer.async_wait(doip::as_result);
    for (auto& response : server_.poll(now())) send(std::move(response));
  }
  if (server_.take_reset()) co_return true;
  busy_ = false;
  co_return false;
}

void UdsEndpoint::restart() {
  server_.restart();
  holder_.reset();
  busy_ = false;
}

}  // namespace motorcade::in_vehicle
