// A DoIP tester: the connecting side. The VMG is one towards its zonal gateways, a gateway is one
// towards its ECUs. One request at a time; runs on the executor of the coroutine that connected it
// (a strand or a single thread).
#pragma once
#include <deque>

#include "vehicle_agent/doip/connection.hpp"

namespace motorcade::doip {

struct ClientSettings {
  Address source = vmg_address;
  Clock::duration connect = std::chrono::seconds(2);
  Clock::duration activation = std::chrono::seconds(2);  ///< A_TCP_Routing_Activation
  Clock::duration ack = std::chrono::seconds(2);         ///< A_DoIP_Diagnostic_Message
  Limits limits{};
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  /// Connects and activates routing. Errors name the endpoint and the denial code.
  [[nodiscard]] static asio::awaitable<Result<std::shared_ptr<Client>>> connect(
      asio::ip::tcp::endpoint endpoint, ClientSettings settings);
  ~Client();
  /// Sends one diagnostic message and waits for its acknowledgement. Answers left from before are
  /// forgotten.
  [[nodiscard]] asio::awaitable<Result<void>> send(Address target, Bytes data);
  /// The next diagnostic message from `target`.
  [[nodiscard]] asio::awaitable<Result<Bytes>> receive(Address target, Clock::duration timeout);
  /// Asks with a vendor payload and gives the body of the answer of the same type.
  [[nodiscard]] asio::awaitable<Result<Bytes>> report(VendorReport request,
                                                      Clock::duration timeout);
  void close();
  [[nodiscard]] bool is_open() const { return connection_->is_open(); }
  [[nodiscard]] Address entity() const { return entity_; }

 private:
  Client(asio::any_io_executor executor, std::shared_ptr<Connection> connection,
         ClientSettings settings);
  using Wanted = std::function<bool(const Message&)>;
  static asio::awaitable<void> read(std::weak_ptr<Client> weak,
                                    std::shared_ptr<Connection> connection, Address source);
  asio::awaitable<Result<void>> activate();
  asio::awaitable<Result<Message>> await_message(Wanted wanted, Clock::duration timeout,
                                                 std::string what);

  ClientSettings settings_;
  std::shared_ptr<Connection> connection_;
  std::deque<Message> inbox_;  ///< at most inbox_limit: the oldest goes first
  asio::steady_timer arrived_;
  Address entity_{};
};

}  // namespace motorcade::doip
