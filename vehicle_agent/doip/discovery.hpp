// The UDP side of a DoIP entity (ISO 13400-2:2019 §7.5): vehicle identification (all, by EID, by
// VIN), announcement, entity status, diagnostic power mode. Runs on the executor given (a strand or
// a single thread).
#pragma once
#include <functional>

#include "vehicle_agent/doip/codec.hpp"
#include "vehicle_agent/doip/stream.hpp"

namespace motorcade::doip {

struct DiscoverySettings {
  asio::ip::address bind = asio::ip::address_v4::loopback();
  std::uint16_t port = 0;  ///< 13400 by the standard; 0: any free port
  Announcement announcement{};
  /// Where to announce at start; nothing: only who asks is answered.
  std::optional<asio::ip::udp::endpoint> announce_to;
  unsigned announcements = 3;                                          ///< A_DoIP_Announce_Num
  Clock::duration announce_interval = std::chrono::milliseconds(500);  ///< A_DoIP_Announce_Interval
  std::uint8_t node_type = 0;                                          ///< 0 gateway, 1 node
  std::uint8_t max_sockets = 8;
  std::uint32_t max_data_bytes = Limits{}.max_payload_bytes;
};

class Discovery : public std::enable_shared_from_this<Discovery> {
 public:
  using OpenSockets = std::function<std::size_t()>;
  /// Binds at once; answers when the executor runs. `open_sockets` is called on the executor.
  [[nodiscard]] static Result<std::shared_ptr<Discovery>> start(asio::any_io_executor executor,
                                                                DiscoverySettings settings,
                                                                OpenSockets open_sockets);
  void stop();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Discovery(asio::any_io_executor executor, DiscoverySettings settings, OpenSockets open_sockets);
  static asio::awaitable<void> serve(std::shared_ptr<Discovery> self);
  static asio::awaitable<void> announce(std::shared_ptr<Discovery> self);
  /// What goes back for a datagram; nothing: it was not for us.
  [[nodiscard]] std::optional<Message> answer(ByteView datagram) const;

  DiscoverySettings settings_;
  OpenSockets open_sockets_;
  asio::ip::udp::socket socket_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
};

}  // namespace motorcade::doip
