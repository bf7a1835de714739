#include "vehicle_agent/doip/entity.hpp"

namespace motorcade::doip {

bool may_activate(Address source) {
  const auto n = static_cast<std::uint16_t>(source);
  return source == vmg_address || (n >= 0x0100 && n <= 0x01FF) || (n >= 0x0E00 && n <= 0x0FFF);
}

Result<std::shared_ptr<Entity>> Entity::listen(asio::any_io_executor executor,
                                               EntitySettings settings,
                                               std::weak_ptr<Handler> handler) {
  std::shared_ptr<Entity> entity(new Entity(std::move(executor), settings, std::move(handler)));
  const asio::ip::tcp::endpoint endpoint(settings.bind, settings.port);
  const auto where = settings.bind.to_string() + ":" + std::to_string(settings.port);
  boost::system::error_code error;
  auto& acceptor = entity->acceptor_;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == boost::system::errc::too_many_files_open)
    return failure(error, "listening for DoIP on " + where + " (raise `ulimit -n`)");
  if (error) return failure(error, "listening for DoIP on " + where);
  entity->port_ = acceptor.local_endpoint(error).port();
  asio::co_spawn(entity->executor_, accept(entity), asio::detached);
  return entity;
}

Entity::Entity(asio::any_io_executor executor, EntitySettings settings,
               std::weak_ptr<Handler> handler)
    : executor_(std::move(executor)),
      settings_(settings),
      handler_(std::move(handler)),
      acceptor_(executor_),
      resumed_(executor_, Clock::time_point::max()) {}

void Entity::stop() {
  running_ = false;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  resumed_.cancel();
  for (const auto& session : sessions_) session->connection->close();
}

void Entity::suspend() {
  suspended_ = true;
  for (const auto& session : sessions_) session->connection->close_when_sent();
}

void Entity::resume() {
  suspended_ = false;
  resumed_.cancel();
}

asio::awaitable<void> Entity::accept(std::shared_ptr<Entity> self) {
  while (self->running_) {
    auto [error, socket] = co_await self->acceptor_.async_accept(as_result);
    if (error == boost::system::errc::too_many_files_open) {  // wait until others have closed some
      asio::steady_timer pause(self->executor_, std::chrono::milliseconds(100));
      co_await pause.async_wait(as_result);
      continue;
    }
    if (error) continue;
    while (self->suspended_ && self->running_) co_await self->resumed_.async_wait(as_result);
    if (!self->running_) break;
    // A few more than may be activated, so that each learns by its denial code that all are taken.
    if (self->sessions_.size() >= self->settings_.max_sockets + 8) continue;
    auto session = std::make_shared<Session>();
    session->connection = Connection::make(
        self->executor_, std::make_unique<TcpStream>(std::move(socket)), self->settings_.limits);
    self->sessions_.push_back(session);
    asio::co_spawn(self->executor_, serve(self, session), asio::detached);
  }
}

asio::awaitable<void> Entity::serve(std::shared_ptr<Entity> self, SessionPtr session) {
  auto& connection = *session->connection;
  connection.expire_after(self->settings_.initial);
  while (true) {
    auto message = co_await connection.receive();
    if (!message) break;
    if (session->tester) connection.expire_after(self->settings_.general);
    co_await self->on_message(session, std::move(*message));
  }
  self->sessions_.remove(session);
}

asio::awaitable<void> Entity::on_message(SessionPtr session, Message message) {
  auto& connection = *session->connection;
  if (auto* request = std::get_if<ActivationRequest>(&message)) {
    co_await on_activation(session, *request);
  } else if (auto* diagnostic = std::get_if<Diagnostic>(&message)) {
    co_await on_diagnostic(session, std::move(*diagnostic));
  } else if (auto* asked = std::get_if<VendorReport>(&message)) {
    co_await on_report(session, std::move(*asked));
  } else if (std::holds_alternative<AliveCheckResponse>(message)) {
    session->answered_alive = true;
  } else if (std::holds_alternative<AliveCheckRequest>(message)) {
    connection.send(AliveCheckResponse{settings_.address});
  }
  // Anything else is known but not for a TCP entity: ignored, as §7.4 asks.
}

asio::awaitable<void> Entity::on_activation(SessionPtr session, ActivationRequest request) {
  const auto code = co_await decide(session, request);
  auto& connection = *session->connection;
  connection.send(ActivationResponse{request.source, settings_.address, code, {}});
  if (code != ActivationCode::success) {
    connection.close_when_sent();
    co_return;
  }
  session->tester = request.source;
  connection.expire_after(settings_.general);
}

asio::awaitable<ActivationCode> Entity::decide(SessionPtr session, ActivationRequest request) {
  if (!may_activate(request.source)) co_return ActivationCode::unknown_source;
  if (request.type > 0x01) co_return ActivationCode::unsupported_type;
  if (session->tester && *session->tester != request.source)
    co_return ActivationCode::source_differs;
  if (session->tester) co_return ActivationCode::success;
  for (const auto sessions = sessions_; const auto& other : sessions) {
    if (other == session || other->tester != request.source) continue;
    const bool alive = co_await is_alive(other);
    if (alive) co_return ActivationCode::source_active_elsewhere;
  }
  const bool all_taken = co_await all_alive(session);
  if (all_taken) co_return ActivationCode::all_sockets_active;
  co_return ActivationCode::success;
}

/// True when as many activated connections as allowed are alive; those that are not are closed on
/// the way.
asio::awaitable<bool> Entity::all_alive(SessionPtr except) {
  std::vector<SessionPtr> active;
  for (const auto& session : sessions_)
    if (session != except && session->tester) active.push_back(session);
  if (active.size() < settings_.max_sockets) co_return false;
  bool all = true;
  for (const auto& session : active) all = co_await is_alive(session) && all;
  co_return all;
}

/// Whose message is being handled is alive: its answer to the check would not be read in time.
asio::awaitable<bool> Entity::is_alive(SessionPtr session) {
  session->answered_alive = false;
  session->connection->send(AliveCheckRequest{});
  asio::steady_timer timer(executor_);
  const auto until = Clock::now() + settings_.alive;
  const auto alive = [&] { return session->answered_alive || session->handled; };
  while (session->connection->is_open() && !alive() && Clock::now() < until) {
    timer.expires_after(std::chrono::milliseconds(10));
    co_await timer.async_wait(as_result);
  }
  if (session->connection->is_open() && alive()) co_return true;
  session->connection->close();
  session->tester.reset();
  co_return false;
}

asio::awaitable<void> Entity::on_diagnostic(SessionPtr session, Diagnostic message) {
  auto& connection = *session->connection;
  if (session->tester != message.source) {
    connection.send(
        DiagnosticNack{message.target, message.source, DiagnosticNackCode::invalid_source});
    connection.close_when_sent();
    co_return;
  }
  const auto handler = handler_.lock();
  if (!handler) co_return;
  if (const auto refused = handler->accepts(message.target)) {
    connection.send(DiagnosticNack{message.target, message.source, *refused});
    co_return;
  }
  connection.send(DiagnosticAck{message.target, message.source});
  session->handled = true;
  co_await handler->handle(session->connection, std::move(message));
  session->handled = false;
}

asio::awaitable<void> Entity::on_report(SessionPtr session, VendorReport request) {
  const auto type = request.type;
  const auto handler = handler_.lock();
  if (!handler || !session->tester) co_return;
  session->handled = true;
  auto body = co_await handler->report(std::move(request));
  session->handled = false;
  if (!body) {
    session->connection->send(GenericNack{GenericNackCode::unknown_payload_type});
    co_return;
  }
  session->connection->send(VendorReport{type, std::move(*body)});
}

}  // namespace motorcade::doip
