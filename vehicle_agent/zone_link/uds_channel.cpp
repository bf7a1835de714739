#include "vehicle_agent/zone_link/uds_channel.hpp"

#include <cstdio>

#include "vehicle_agent/uds/seed_key.hpp"

namespace motorcade::in_vehicle {

using doip::Errc;
using doip::failure;
using doip::Result;
using uds::Bytes;

namespace {

bool is_negative(const Bytes& response) {
  return response.size() == 3 && response[0] == 0x7F;
}

bool answers(const Bytes& response, std::uint8_t service) {
  if (is_negative(response)) return response[1] == service;
  return !response.empty() && response[0] == static_cast<std::uint8_t>(service + 0x40);
}

}  // namespace

asio::awaitable<Result<Bytes>> exchange(doip::Client& client, doip::Address target, Bytes request,
                                        ResponseTiming timing) {
  const auto service = request.at(0);
  auto sent = co_await client.send(target, std::move(request));
  if (!sent) co_return tl::unexpected(std::move(sent).error());
  auto until = doip::Clock::now() + timing.p2;
  while (true) {
    auto response = co_await client.receive(target, until - doip::Clock::now());
    if (!response) co_return tl::unexpected(std::move(response).error());
    if (!answers(*response, service)) continue;  // late answer to an earlier request
    const bool pending = is_negative(*response) &&
                         (*response)[2] == static_cast<std::uint8_t>(uds::Nrc::response_pending);
    if (!pending) co_return std::move(*response);
    until = doip::Clock::now() + timing.p2_star;
  }
}

asio::awaitable<Result<Bytes>> ask(doip::Client& client, doip::Address target, Bytes request,
                                   ResponseTiming timing) {
  const auto service = request.at(0);
  auto response = co_await exchange(client, target, std::move(request), timing);
  if (!response) co_return tl::unexpected(std::move(response).error());
  if (is_negative(*response)) {
    char text[64];
    std::snprintf(text, sizeof text, " refused service 0x%02X with 0x%02X", service,
                  (*response)[2]);
    co_return failure(Errc::refused, to_string(target) + text);
  }
  response->erase(response->begin());
  co_return std::move(*response);
}

asio::awaitable<Result<Bytes>> read_identifier(doip::Client& client, doip::Address target,
                                               std::uint16_t id, ResponseTiming timing) {
  Bytes request{0x22, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  auto data = co_await ask(client, target, std::move(request), timing);
  if (!data) co_return tl::unexpected(std::move(data).error());
  if (data->size() < 2 || (*data)[0] != id >> 8 || (*data)[1] != (id & 0xFF))
    co_return failure(Errc::malformed, to_string(target) + " answered another identifier");
  data->erase(data->begin(), data->begin() + 2);
  co_return std::move(*data);
}

asio::awaitable<Result<void>> unlock(doip::Client& client, doip::Address target, std::string secret,
                                     ResponseTiming timing) {
  for (const std::uint8_t session : {0x03, 0x02}) {
    Bytes request{0x10, session};
    auto entered = co_await ask(client, target, std::move(request), timing);
    if (!entered) co_return tl::unexpected(std::move(entered).error());
  }
  Bytes ask_seed{0x27, 0x01};
  auto seed = co_await ask(client, target, std::move(ask_seed), timing);
  if (!seed) co_return tl::unexpected(std::move(seed).error());
  if (seed->size() < 2) co_return failure(Errc::malformed, "empty seed from " + to_string(target));
  Bytes send_key{0x27, 0x02};
  const auto key = uds::key_for_seed(secret, uds::ByteView(*seed).subspan(1));
  send_key.insert(send_key.end(), key.begin(), key.end());
  auto unlocked = co_await ask(client, target, std::move(send_key), timing);
  if (!unlocked) co_return tl::unexpected(std::move(unlocked).error());
  co_return Result<void>{};
}

asio::awaitable<void> run_flash(doip::Client& client, doip::Address target,
                                uds::FlashSequence& sequence, BlockSent on_block,
                                ResponseTiming timing) {
  const auto executor = co_await asio::this_coro::executor;
  while (sequence.running()) {
    auto request = sequence.next_request();
    if (!sequence.running()) break;
    const auto before = sequence.step();
    const auto sent_before = sequence.sent_bytes();
    auto response = co_await exchange(client, target, std::move(request), timing);
    if (!response) {
      sequence.on_lost(to_string(response.error()));
      break;
    }
    sequence.on_response(*response);
    if (sequence.sent_bytes() != sent_before && on_block)
      on_block(sequence.sent_bytes(), sequence.size_bytes());
    const bool same = sequence.step() == before && sequence.sent_bytes() == sent_before;
    if (!sequence.running() || !same) continue;
    asio::steady_timer pause(executor, timing.busy_pause);
    co_await pause.async_wait(doip::as_result);
  }
  if (!sequence.failure() || !client.is_open()) co_return;
  Bytes back{0x10, 0x01};
  (void)co_await exchange(client, target, std::move(back), timing);
}

}  // namespace motorcade::in_vehicle
