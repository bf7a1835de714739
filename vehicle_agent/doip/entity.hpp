// A DoIP entity: the listening side (ISO 13400-2:2019 §7.6, §7.7, §8). Zonal gateways and ECUs are
// entities. It keeps routing activation, alive checks and inactivity; what diagnostic messages mean
// is its handler's business. All of it runs on the one executor given (a strand or a single
// thread).
#pragma once
#include <list>

#include "vehicle_agent/doip/connection.hpp"

namespace motorcade::doip {

struct EntitySettings {
  Address address{};
  asio::ip::address bind = asio::ip::address_v4::loopback();
  std::uint16_t port = 0;                             ///< 13400 by the standard; 0: any free port
  std::size_t max_sockets = 8;                        ///< activated connections
  Clock::duration initial = std::chrono::seconds(2);  ///< T_TCP_Initial_Inactivity
  Clock::duration general = std::chrono::minutes(5);  ///< T_TCP_General_Inactivity
  Clock::duration alive = std::chrono::milliseconds(500);  ///< T_TCP_Alive_Check
  Limits limits{};
};

/// Who may activate routing: VMG, zonal gateways (0x0100-0x01FF) and testers (0x0E00-0x0FFF).
[[nodiscard]] bool may_activate(Address source);

/// What stands behind an entity. Called on the entity's executor.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Whether `target` is reached through this entity: nothing, or the nack to send.
  [[nodiscard]] virtual std::optional<DiagnosticNackCode> accepts(Address target) = 0;
  /// One acknowledged message. Awaited before the connection's next message is read, so what takes
  /// long and need not block the others is spawned by the handler. Answers go out by `from->send`.
  [[nodiscard]] virtual asio::awaitable<void> handle(std::shared_ptr<Connection> from,
                                                     Diagnostic message) = 0;
  /// A vendor payload; the answer is sent back under the same type. Nothing: generic nack 0x01.
  [[nodiscard]] virtual asio::awaitable<std::optional<Bytes>> report(VendorReport request) = 0;
};

class Entity : public std::enable_shared_from_this<Entity> {
 public:
  /// Binds and listens at once; accepts when the executor runs. The handler must outlive no one: it
  /// is held weakly.
  [[nodiscard]] static Result<std::shared_ptr<Entity>> listen(asio::any_io_executor executor,
                                                              EntitySettings settings,
                                                              std::weak_ptr<Handler> handler);
  /// Ends accepting and closes every connection. On the executor.
  void stop();
  /// As a reboot looks from outside: every connection falls once its answers have left, none is
  /// taken before `resume`. On the executor.
  void suspend();
  void resume();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t open_sockets() const { return sessions_.size(); }
  [[nodiscard]] const EntitySettings& settings() const { return settings_; }

 private:
  struct Session {
    std::shared_ptr<Connection> connection;
    std::optional<Address> tester;
    bool answered_alive = true;
    bool handled = false;  ///< the handler has its message, and nothing is read meanwhile
  };
  using SessionPtr = std::shared_ptr<Session>;
  Entity(asio::any_io_executor executor, EntitySettings settings, std::weak_ptr<Handler> handler);
  static asio::awaitable<void> accept(std::shared_ptr<Entity> self);
  static asio::awaitable<void> serve(std::shared_ptr<Entity> self, SessionPtr session);
  asio::awaitable<void> on_message(SessionPtr session, Message message);
  asio::awaitable<void> on_activation(SessionPtr session, ActivationRequest request);
  asio::awaitable<void> on_diagnostic(SessionPtr session, Diagnostic message);
  asio::awaitable<void> on_report(SessionPtr session, VendorReport request);
  asio::awaitable<ActivationCode> decide(SessionPtr session, ActivationRequest request);
  asio::awaitable<bool> is_alive(SessionPtr session);
  asio::awaitable<bool> all_alive(SessionPtr except);

  asio::any_io_executor executor_;
  EntitySettings settings_;
  std::weak_ptr<Handler> handler_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer resumed_;
  std::list<SessionPtr> sessions_;
  std::uint16_t port_ = 0;
  bool running_ = true;
  bool suspended_ = false;
};

}  // namespace motorcade::doip
