// A DoIP entity on a loopback socket: activation and its denials, acks and nacks, alive checks,
// inactivity.
#include "vehicle_agent/doip/entity.hpp"

#include <gtest/gtest.h>

#include "vehicle_agent/doip/client.hpp"

namespace motorcade::doip {
namespace {

using namespace std::chrono_literals;

/// Answers every diagnostic message with its own bytes: at once, or when the test opens the gate.
class Echo final : public Handler {
 public:
  explicit Echo(asio::io_context& io) : gate_(io, Clock::time_point::max()) {}
  void open() {
    hold = false;
    gate_.cancel();
  }
  bool hold = false;
  std::optional<DiagnosticNackCode> accepts(Address target) override {
    if (target == ecu_address(1)) return std::nullopt;
    return DiagnosticNackCode::unknown_target;
  }
  asio::awaitable<void> handle(std::shared_ptr<Connection> from, Diagnostic message) override {
    if (hold) co_await gate_.async_wait(as_result);
    from->send(Diagnostic{message.target, message.source, std::move(message.data)});
  }
  asio::awaitable<std::optional<Bytes>> report(VendorReport request) override {
    if (request.type == PayloadType::vci_report) co_return Bytes{2, 1};
    co_return std::nullopt;
  }

 private:
  asio::steady_timer gate_;
};

class DoipEntity : public ::testing::Test {
 protected:
  ~DoipEntity() override {
    if (entity_) entity_->stop();
    io_.restart();
    io_.run_for(5s);
  }
  void start(EntitySettings settings = {}) {
    settings.address = ecu_address(1);
    entity_ = Entity::listen(io_.get_executor(), settings, echo_).value();
  }
  template <class T>
  T wait(asio::awaitable<T> task) {
    std::optional<T> out;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr, T value) {
      out.emplace(std::move(value));
      io_.stop();
    });
    io_.restart();
    io_.run_for(20s);
    if (!out) throw std::runtime_error("the task did not end");
    return std::move(*out);
  }
  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const {
    return {asio::ip::address_v4::loopback(), entity_->port()};
  }
  Result<std::shared_ptr<Client>> connect(Address source = vmg_address) {
    ClientSettings settings;
    settings.source = source;
    settings.ack = 500ms;
    return wait(Client::connect(endpoint(), settings));
  }
  std::shared_ptr<Connection> raw() {
    auto stream = wait(connect_tcp(endpoint(), 2s));
    return Connection::make(io_.get_executor(), std::move(*stream), {});
  }
  Message receive(const std::shared_ptr<Connection>& connection) {
    return wait(connection->receive()).value();
  }
  bool is_closed(const std::shared_ptr<Connection>& connection) {
    return !wait(connection->receive());
  }
  /// Only sends bytes, whatever they are.
  asio::ip::tcp::socket send_raw(const Bytes& bytes) {
    asio::ip::tcp::socket socket(io_);
    socket.connect(endpoint());
    asio::write(socket, asio::buffer(bytes));
    return socket;
  }

  asio::io_context io_{1};
  std::shared_ptr<Echo> echo_ = std::make_shared<Echo>(io_);
  std::shared_ptr<Entity> entity_;
};

ActivationCode code_of(const Message& message) {
  return std::get<ActivationResponse>(message).code;
}

TEST_F(DoipEntity, ActivatesAcknowledgesAndAnswers) {
  start();
  const auto client = connect();
  ASSERT_TRUE(client) << to_string(client.error());
  EXPECT_EQ((*client)->entity(), ecu_address(1));
  ASSERT_TRUE(wait((*client)->send(ecu_address(1), {0x3E, 0x00})));
  EXPECT_EQ(wait((*client)->receive(ecu_address(1), 1s)).value(), (Bytes{0x3E, 0x00}));
  const auto nacked = wait((*client)->send(ecu_address(2), {0x3E, 0x00}));
  ASSERT_FALSE(nacked);
  EXPECT_EQ(nacked.error().code, Errc::nacked);
  EXPECT_EQ(wait((*client)->report({PayloadType::vci_report, {1}}, 1s)).value(), (Bytes{2, 1}));
  EXPECT_FALSE(wait((*client)->report({PayloadType::readiness_report, {1}}, 1s)));
}

TEST_F(DoipEntity, DeniesWhomItDoesNotKnowAndTypesThatItDoesNotHave) {
  start();
  const auto stranger = connect(Address{0x4711});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Errc::activation_denied);
  EXPECT_NE(stranger.error().context.find("0x00"), std::string::npos);
  const auto connection = raw();
  connection->send(ActivationRequest{vmg_address, 0xE0, {}});
  EXPECT_EQ(code_of(receive(connection)), ActivationCode::unsupported_type);
  EXPECT_TRUE(is_closed(connection));
}

TEST_F(DoipEntity, AnotherAddressOnAnActivatedSocketIsDenied) {
  start();
  const auto connection = raw();
  connection->send(ActivationRequest{vmg_address, 0, {}});
  EXPECT_EQ(code_of(receive(connection)), ActivationCode::success);
  connection->send(ActivationRequest{vmg_address, 0, {}});
  EXPECT_EQ(code_of(receive(connection)), ActivationCode::success) << "the same again is no error";
  connection->send(ActivationRequest{tester_address, 0, {}});
  EXPECT_EQ(code_of(receive(connection)), ActivationCode::source_differs);
  EXPECT_TRUE(is_closed(connection));
}

TEST_F(DoipEntity, AnAddressThatIsAliveElsewhereIsDeniedAndADeadOneReplaced) {
  EntitySettings settings;
  settings.alive = 100ms;
  start(settings);
  const auto alive = connect();  // a client answers alive checks
  ASSERT_TRUE(alive);
  const auto second = connect();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().context.find("0x03"), std::string::npos);

  const auto dead = raw();  // nobody reads here, so nobody answers
  dead->send(ActivationRequest{tester_address, 0, {}});
  EXPECT_EQ(code_of(receive(dead)), ActivationCode::success);
  EXPECT_TRUE(connect(tester_address));
}

TEST_F(DoipEntity, WhoseMessageIsBeingHandledIsAlive) {
  EntitySettings settings;
  settings.alive = 100ms;
  settings.max_sockets = 1;
  start(settings);
  echo_->hold = true;
  const auto flashing = raw();  // answers no alive check, as long as its request is under way
  flashing->send(ActivationRequest{tester_address, 0, {}});
  EXPECT_EQ(code_of(receive(flashing)), ActivationCode::success);
  flashing->send(Diagnostic{tester_address, ecu_address(1), {0x31, 0x01}});
  EXPECT_TRUE(std::holds_alternative<DiagnosticAck>(receive(flashing)));
  const auto same = connect(tester_address);
  ASSERT_FALSE(same);
  EXPECT_NE(same.error().context.find("0x03"), std::string::npos) << same.error().context;
  const auto other = connect(gateway_address(1));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().context.find("0x01"), std::string::npos) << other.error().context;
  echo_->open();
  auto answer = receive(flashing);
  while (std::holds_alternative<AliveCheckRequest>(answer)) answer = receive(flashing);
  EXPECT_EQ(std::get<Diagnostic>(answer).data, (Bytes{0x31, 0x01}));
  EXPECT_TRUE(connect(tester_address)) << "nothing is under way any more, and nobody answers";
}

TEST_F(DoipEntity, AFullEntityDeniesAndCountsOnlyTheLiving) {
  EntitySettings settings;
  settings.max_sockets = 2;
  settings.alive = 100ms;
  start(settings);
  const auto first = connect(gateway_address(1));
  auto second = connect(gateway_address(2));
  ASSERT_TRUE(first && second);
  const auto third = connect(gateway_address(3));
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().context.find("0x01"), std::string::npos);
  (*second)->close();
  EXPECT_TRUE(connect(gateway_address(3)));
}

TEST_F(DoipEntity, ADiagnosticMessageWithoutActivationOrOfAnotherSourceEndsTheConnection) {
  start();
  const auto early = raw();
  early->send(Diagnostic{vmg_address, ecu_address(1), {0x3E, 0x00}});
  EXPECT_EQ(std::get<DiagnosticNack>(receive(early)).code, DiagnosticNackCode::invalid_source);
  EXPECT_TRUE(is_closed(early));
  const auto liar = raw();
  liar->send(ActivationRequest{vmg_address, 0, {}});
  (void)receive(liar);
  liar->send(Diagnostic{tester_address, ecu_address(1), {0x3E, 0x00}});
  EXPECT_EQ(std::get<DiagnosticNack>(receive(liar)).code, DiagnosticNackCode::invalid_source);
  EXPECT_TRUE(is_closed(liar));
}

TEST_F(DoipEntity, InactivityClosesBeforeAndAfterActivation) {
  EntitySettings settings;
  settings.initial = 60ms;
  settings.general = 150ms;
  start(settings);
  const auto begin = Clock::now();
  const auto silent = raw();
  EXPECT_TRUE(is_closed(silent));
  EXPECT_GE(Clock::now() - begin, 50ms);
  const auto client = connect();
  ASSERT_TRUE(client);
  const auto activated = Clock::now();
  ASSERT_TRUE(wait((*client)->send(ecu_address(1), {0x3E, 0x00})));
  EXPECT_TRUE(wait((*client)->receive(ecu_address(1), 1s)));
  const auto late = wait((*client)->receive(ecu_address(1), 10s));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::closed);
  EXPECT_GE(Clock::now() - activated, 140ms);
}

TEST_F(DoipEntity, GarbageIsNackedAndTheConnectionClosed) {
  start();
  auto socket = send_raw({'G', 'E', 'T', ' ', '/', '\r', '\n', '\r', '\n'});
  Bytes answer(9);
  std::optional<std::size_t> count;
  asio::async_read(socket, asio::buffer(answer), [&](auto, std::size_t n) { count = n; });
  io_.restart();
  while (!count && io_.run_one_for(5s) > 0) {
  }
  ASSERT_EQ(count, 9u);
  EXPECT_EQ(std::get<Message>(decode_datagram(answer)),
            Message(GenericNack{GenericNackCode::incorrect_pattern}));
}

TEST_F(DoipEntity, AnswersInTheVersionOfItsPeer) {
  start();
  auto socket = send_raw(encode(ActivationRequest{tester_address, 0, {}}, version_2012));
  Bytes answer(17);
  std::optional<std::size_t> count;
  asio::async_read(socket, asio::buffer(answer), [&](auto, std::size_t n) { count = n; });
  io_.restart();
  while (!count && io_.run_one_for(5s) > 0) {
  }
  EXPECT_EQ(answer[0], version_2012);
}

TEST_F(DoipEntity, ARebootDropsConnectionsAndTakesNewOnesAfterwards) {
  start();
  const auto client = connect();
  ASSERT_TRUE(client);
  entity_->suspend();
  EXPECT_FALSE(wait((*client)->receive(ecu_address(1), 5s)));
  bool connected = false;
  ClientSettings settings;
  asio::co_spawn(io_, Client::connect(endpoint(), settings),
                 [&](std::exception_ptr, auto result) { connected = result.has_value(); });
  io_.restart();
  io_.run_for(50ms);
  EXPECT_FALSE(connected);
  entity_->resume();
  io_.restart();
  while (!connected && io_.run_one_for(5s) > 0) {
  }
  EXPECT_TRUE(connected);
}

TEST_F(DoipEntity, AListenerOnATakenPortSaysWhere) {
  start();
  EntitySettings settings;
  settings.port = entity_->port();
  const auto second = Entity::listen(io_.get_executor(), settings, echo_);
  ASSERT_FALSE(second);
  EXPECT_NE(to_string(second.error()).find(std::to_string(settings.port)), std::string::npos);
}

}  // namespace
}  // namespace motorcade::doip
