// A gateway's way to one ECU: one DoIP connection, opened when needed, used by one job or request
// at a time, closed when nobody waits for it any more (a fleet of hundreds of ECUs in one process
// has few descriptors to spare).
#pragma once
#include "vehicle_agent/zone_link/uds_channel.hpp"

namespace motorcade::in_vehicle {

class EcuLink {
 public:
  struct Settings {
    std::string ecu_id;
    doip::Address address{};
    asio::ip::tcp::endpoint endpoint;
    doip::ClientSettings doip{};
    ResponseTiming timing{};
  };
  /// Holds the link until it is destroyed.
  class Hold {
   public:
    explicit Hold(EcuLink* link) : link_(link) {}
    Hold(Hold&& other) noexcept : link_(std::exchange(other.link_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (link_ != nullptr) link_->release();
    }

   private:
    EcuLink* link_;
  };

  EcuLink(asio::any_io_executor executor, Settings settings);
  /// Waits for its turn.
  [[nodiscard]] asio::awaitable<Hold> hold();
  [[nodiscard]] bool is_held() const { return held_; }

  // While held:
  /// The open connection, or a new one.
  [[nodiscard]] asio::awaitable<doip::Result<std::shared_ptr<doip::Client>>> client();
  /// After a reset: drops the connection and tries until the ECU takes a new one or `within` is
  /// over.
  [[nodiscard]] asio::awaitable<doip::Result<std::shared_ptr<doip::Client>>> reconnect(
      doip::Clock::duration within);
  [[nodiscard]] asio::awaitable<doip::Result<uds::Bytes>> read(std::uint16_t identifier);

  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  void release();
  asio::any_io_executor executor_;
  Settings settings_;
  asio::steady_timer freed_;
  std::shared_ptr<doip::Client> client_;
  bool held_ = false;
  unsigned waiting_ = 0;
};

}  // namespace motorcade::in_vehicle
