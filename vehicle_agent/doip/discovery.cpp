#include "vehicle_agent/doip/discovery.hpp"

namespace motorcade::doip {
namespace {

std::uint8_t version_of(ByteView datagram) {
  return !datagram.empty() && datagram[0] == version_2012 ? version_2012 : version_2019;
}

}  // namespace

Result<std::shared_ptr<Discovery>> Discovery::start(asio::any_io_executor executor,
                                                    DiscoverySettings settings,
                                                    OpenSockets open_sockets) {
  std::shared_ptr<Discovery> discovery(
      new Discovery(executor, std::move(settings), std::move(open_sockets)));
  const asio::ip::udp::endpoint endpoint(discovery->settings_.bind, discovery->settings_.port);
  auto& socket = discovery->socket_;
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) socket.bind(endpoint, error);
  if (!error) socket.set_option(asio::socket_base::broadcast(true), error);
  if (error)
    return failure(error, "DoIP discovery on UDP " + endpoint.address().to_string() + ":" +
                              std::to_string(endpoint.port()));
  discovery->port_ = socket.local_endpoint(error).port();
  asio::co_spawn(executor, serve(discovery), asio::detached);
  if (discovery->settings_.announce_to)
    asio::co_spawn(executor, announce(discovery), asio::detached);
  return discovery;
}

Discovery::Discovery(asio::any_io_executor executor, DiscoverySettings settings,
                     OpenSockets open_sockets)
    : settings_(std::move(settings)),
      open_sockets_(std::move(open_sockets)),
      socket_(executor),
      pause_(executor) {}

void Discovery::stop() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  pause_.cancel();
  open_sockets_ = nullptr;
}

asio::awaitable<void> Discovery::serve(std::shared_ptr<Discovery> self) {
  Bytes buffer(2048);
  asio::ip::udp::endpoint from;
  while (self->socket_.is_open()) {
    auto [error, count] =
        co_await self->socket_.async_receive_from(asio::buffer(buffer), from, as_result);
    if (error || !self->socket_.is_open()) continue;
    const auto datagram = ByteView(buffer).first(count);
    const auto reply = self->answer(datagram);
    if (!reply) continue;
    const auto bytes = encode(*reply, version_of(datagram));
    co_await self->socket_.async_send_to(asio::buffer(bytes), from, as_result);
  }
}

asio::awaitable<void> Discovery::announce(std::shared_ptr<Discovery> self) {
  const auto bytes = encode(self->settings_.announcement);
  const auto to = *self->settings_.announce_to;
  for (unsigned i = 0; i < self->settings_.announcements && self->socket_.is_open(); ++i) {
    co_await self->socket_.async_send_to(asio::buffer(bytes), to, as_result);
    self->pause_.expires_after(self->settings_.announce_interval);
    co_await self->pause_.async_wait(as_result);
  }
}

std::optional<Message> Discovery::answer(ByteView datagram) const {
  auto decoded = decode_datagram(datagram);
  if (const auto* refused = std::get_if<Rejected>(&decoded)) return GenericNack{refused->code};
  const auto& message = std::get<Message>(decoded);
  const auto& self = settings_.announcement;
  if (std::holds_alternative<IdentificationRequest>(message)) return self;
  if (const auto* by_eid = std::get_if<IdentificationRequestEid>(&message))
    return by_eid->eid == self.eid ? std::optional<Message>(self) : std::nullopt;
  if (const auto* by_vin = std::get_if<IdentificationRequestVin>(&message))
    return by_vin->vin == self.vin ? std::optional<Message>(self) : std::nullopt;
  if (std::holds_alternative<EntityStatusRequest>(message)) {
    const auto open = static_cast<std::uint8_t>(open_sockets_());
    return EntityStatusResponse{settings_.node_type, settings_.max_sockets, open,
                                settings_.max_data_bytes};
  }
  if (std::holds_alternative<PowerModeRequest>(message)) return PowerModeResponse{1};
  return std::nullopt;  // answers of others (they must not be nacked), and what belongs on TCP
}

}  // namespace motorcade::doip
