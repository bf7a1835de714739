#include "vehicle_agent/doip/client.hpp"

#include <cstdio>

namespace motorcade::doip {
namespace {

constexpr std::size_t inbox_limit = 64;

template <class Code>
std::string code_text(Code code) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02X", static_cast<unsigned>(code));
  return text;
}

}  // namespace

asio::awaitable<Result<std::shared_ptr<Client>>> Client::connect(asio::ip::tcp::endpoint endpoint,
                                                                 ClientSettings settings) {
  const auto executor = co_await asio::this_coro::executor;
  auto stream = co_await connect_tcp(endpoint, settings.connect);
  if (!stream) co_return tl::unexpected(std::move(stream).error());
  auto connection = Connection::make(executor, std::move(*stream), settings.limits);
  std::shared_ptr<Client> client(new Client(executor, connection, settings));
  asio::co_spawn(executor, read(client, connection, settings.source), asio::detached);
  auto activated = co_await client->activate();
  if (!activated) co_return tl::unexpected(std::move(activated).error());
  co_return client;
}

Client::Client(asio::any_io_executor executor, std::shared_ptr<Connection> connection,
               ClientSettings settings)
    : settings_(settings),
      connection_(std::move(connection)),
      arrived_(std::move(executor), Clock::time_point::max()) {}

Client::~Client() {
  connection_->close();
}

void Client::close() {
  connection_->close();
  arrived_.cancel();
}

asio::awaitable<void> Client::read(std::weak_ptr<Client> weak,
                                   std::shared_ptr<Connection> connection, Address source) {
  while (true) {
    auto message = co_await connection->receive();
    const auto self = weak.lock();
    if (!message || !self) {
      connection->close();
      if (self) self->arrived_.cancel();
      co_return;
    }
    if (std::holds_alternative<AliveCheckRequest>(*message)) {
      connection->send(AliveCheckResponse{source});
      continue;
    }
    if (self->inbox_.size() == inbox_limit) self->inbox_.pop_front();
    self->inbox_.push_back(std::move(*message));
    self->arrived_.cancel();
  }
}

asio::awaitable<Result<Message>> Client::await_message(Wanted wanted, Clock::duration timeout,
                                                       std::string what) {
  const auto self = shared_from_this();
  const auto until = Clock::now() + timeout;
  while (true) {
    while (!inbox_.empty()) {
      auto message = std::move(inbox_.front());
      inbox_.pop_front();
      if (wanted(message)) co_return message;
    }
    if (!connection_->is_open()) co_return failure(Errc::closed, std::move(what));
    if (Clock::now() >= until) co_return failure(Errc::timed_out, std::move(what));
    arrived_.expires_at(until);
    co_await arrived_.async_wait(as_result);
  }
}

asio::awaitable<Result<void>> Client::activate() {
  connection_->send(ActivationRequest{settings_.source, 0, {}});
  Wanted wanted = [](const Message& m) { return std::holds_alternative<ActivationResponse>(m); };
  auto answer =
      co_await await_message(std::move(wanted), settings_.activation, "routing activation");
  if (!answer) co_return tl::unexpected(std::move(answer).error());
  const auto& response = std::get<ActivationResponse>(*answer);
  if (response.code != ActivationCode::success) {
    close();
    co_return failure(Errc::activation_denied, "entity " + to_string(response.entity) +
                                                   " answered code " + code_text(response.code));
  }
  entity_ = response.entity;
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Client::send(Address target, Bytes data) {
  inbox_.clear();
  connection_->send(Diagnostic{settings_.source, target, std::move(data)});
  Wanted wanted = [target](const Message& m) {
    const auto* ack = std::get_if<DiagnosticAck>(&m);
    const auto* nack = std::get_if<DiagnosticNack>(&m);
    return (ack != nullptr && ack->source == target) ||
           (nack != nullptr && nack->source == target) || std::holds_alternative<GenericNack>(m);
  };
  auto answer = co_await await_message(std::move(wanted), settings_.ack,
                                       "acknowledgement from " + to_string(target));
  if (!answer) co_return tl::unexpected(std::move(answer).error());
  if (const auto* nack = std::get_if<DiagnosticNack>(&*answer))
    co_return failure(Errc::nacked, to_string(target) + " answered code " + code_text(nack->code));
  if (const auto* nack = std::get_if<GenericNack>(&*answer))
    co_return failure(Errc::nacked, "generic nack " + code_text(nack->code));
  co_return Result<void>{};
}

asio::awaitable<Result<Bytes>> Client::receive(Address target, Clock::duration timeout) {
  Wanted wanted = [target](const Message& m) {
    const auto* diagnostic = std::get_if<Diagnostic>(&m);
    return diagnostic != nullptr && diagnostic->source == target;
  };
  auto answer =
      co_await await_message(std::move(wanted), timeout, "response from " + to_string(target));
  if (!answer) co_return tl::unexpected(std::move(answer).error());
  co_return std::move(std::get<Diagnostic>(*answer).data);
}

asio::awaitable<Result<Bytes>> Client::report(VendorReport request, Clock::duration timeout) {
  inbox_.clear();
  const auto type = request.type;
  connection_->send(std::move(request));
  Wanted wanted = [type](const Message& m) {
    const auto* report = std::get_if<VendorReport>(&m);
    return (report != nullptr && report->type == type) || std::holds_alternative<GenericNack>(m);
  };
  auto answer = co_await await_message(std::move(wanted), timeout, "vendor report");
  if (!answer) co_return tl::unexpected(std::move(answer).error());
  if (const auto* nack = std::get_if<GenericNack>(&*answer))
    co_return failure(Errc::nacked, "generic nack " + code_text(nack->code));
  co_return std::move(std::get<VendorReport>(*answer).body);
}

}  // namespace motorcade::doip
