// The session's life without a broker: something listens, takes connections and hangs up.
#include "adapters/mqtt/session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <latch>

#include "support/fake_mqtt_broker.hpp"

namespace motorcade::mqtt_edge {
namespace {
using asio::ip::tcp;

class SessionTest : public testing::Test {
 protected:
  SessionTest() { hang_up(); }

  void hang_up() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket) {
      if (error) return;
      ++attempts_;
      hang_up();
    });
  }
  Session make(std::chrono::milliseconds first, std::chrono::milliseconds longest) {
    SessionOptions options;
    options.uri = "tcp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    options.client_id = "edge-of-the-tests";
    options.limits.first_pause = first;
    options.limits.longest_pause = longest;
    auto journal = [this](edge::Severity, const char*, const edge::JournalFields&) {
      asio::post(io_, [this] { ++refusals_; });
    };
    return Session(
        std::move(options), journal, [](mqtt::const_message_ptr) {}, [] {}, io_.get_executor());
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) io_.run_one();
  }
  /// Returns only if nothing is left that waits on the executor.
  void run_dry() {
    acceptor_.close();
    busy_.reset();
    io_.run();
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  int attempts_ = 0, refusals_ = 0;
};

TEST_F(SessionTest, TriesAgainUntilItIsStopped) {
  using namespace std::chrono_literals;
  {
    auto session = make(1ms, 4ms);
    session.start();
    run_until([this] { return attempts_ >= 6 && refusals_ >= 5; });
    EXPECT_FALSE(session.connected());
    session.stop();
  }
  run_dry();
}

TEST_F(SessionTest, AStopEndsThePauseBeforeTheNextAttempt) {
  using namespace std::chrono_literals;
  {
    auto session = make(1h, 1h);
    session.start();
    run_until([this] { return refusals_ >= 1; });
    io_.poll();  // the pause has begun
    session.stop();
  }
  run_dry();  // within the test's time limit: the hour is not waited for
  EXPECT_EQ(refusals_, 1);
}

TEST_F(SessionTest, AnAttemptThatFailsAtOnceIsTriedAgainToo) {
  using namespace std::chrono_literals;
  {
    auto session = make(1ms, 1ms);
    acceptor_.close();  // refused by the kernel
    session.start();
    run_until([this] { return refusals_ >= 3; });
  }
  run_dry();
}

/// One session with a broker that answers subscriptions as the test says.
class SubscriptionTest : public testing::Test {
 protected:
  using Codes = std::vector<unsigned char>;
  void run(std::vector<std::string> filters, std::vector<Codes> answers) {
    testing_support::FakeMqttBroker broker(
        io_, [&](int attempt, const std::vector<std::string>& asked) {
          EXPECT_EQ(asked, filters);
          return answers.at(std::min(static_cast<std::size_t>(attempt), answers.size() - 1));
        });
    SessionOptions options;
    options.uri = broker.uri();
    options.client_id = "edge-of-the-tests";
    options.filters = filters;
    options.limits.first_pause = options.limits.longest_pause = std::chrono::milliseconds(1);
    auto journal = [this](edge::Severity severity, const char*, const edge::JournalFields& fields) {
      EXPECT_EQ(severity, edge::Severity::kError);
      std::string reason(fields.begin()->second);
      asio::post(io_, [this, reason] { reasons_.push_back(reason); });
    };
    {
      Session session(
          std::move(options), journal, [](mqtt::const_message_ptr) {},
          [this] { asio::post(io_, [this] { ++subscribed_; }); }, io_.get_executor());
      EXPECT_FALSE(session.subscribed());
      session.start();
      while (subscribed_ == 0) io_.run_one();
      EXPECT_TRUE(session.subscribed());
      EXPECT_TRUE(session.connected());
      EXPECT_EQ(broker.subscribes, static_cast<int>(answers.size()));
    }
    broker.stop();
    io_.restart();
    io_.run_for(std::chrono::seconds(5));  // until nothing is left
  }

  asio::io_context io_{1};
  std::vector<std::string> reasons_;
  int subscribed_ = 0;
};

TEST_F(SubscriptionTest, IsRetriedUntilTheBrokerHasGrantedEveryFilter) {
  run({"$share/x/vehicle/+/vci", "mine"}, {{0x87, 0x87}, {1, 0x87}, {0x9E, 1}, {1, 0}});
  ASSERT_EQ(reasons_.size(), 3u);
  EXPECT_NE(reasons_[0].find("$share/x/vehicle/+/vci (0x87, not authorized"), std::string::npos)
      << reasons_[0];
  EXPECT_TRUE(reasons_[1].starts_with("mine (0x87")) << reasons_[1];
  EXPECT_NE(reasons_[2].find("no shared subscriptions"), std::string::npos) << reasons_[2];
}

TEST_F(SubscriptionTest, OfASingleFilterIsRetriedToo) {
  run({"mine"}, {{0x87}, {0}});
  ASSERT_EQ(reasons_.size(), 1u);
  EXPECT_TRUE(reasons_[0].starts_with("mine (0x87")) << reasons_[0];
}

TEST(Session, PublishesWhileACallbackWaitsForRoom) {
  asio::io_context io{1};
  testing_support::FakeMqttBroker broker(
      io, [](int, const std::vector<std::string>&) { return std::vector<unsigned char>{1}; });
  SessionOptions options;
  options.uri = broker.uri();
  options.client_id = "edge-of-the-tests";
  options.filters = {"mine"};
  std::latch heard(1), room(1);
  bool subscribed = false, published = false;
  {
    Session session(
        std::move(options), [](edge::Severity, const char*, const edge::JournalFields&) {},
        [&](mqtt::const_message_ptr) {
          heard.count_down();
          room.wait();
        },
        [&] { asio::post(io, [&] { subscribed = true; }); }, io.get_executor());
    session.start();
    while (!subscribed) io.run_one();
    broker.say("mine");
    heard.wait();
    auto publish = [&]() -> asio::awaitable<void> {
      Sending sending{"theirs", "{}"};
      const auto sent = co_await session.publish(std::move(sending));
      published = sent.has_value();
    };
    asio::co_spawn(io, publish(), asio::detached);
    io.poll();  // does not wait
    room.count_down();
    while (!published) io.run_one();
  }
  EXPECT_EQ(broker.topics, std::vector<std::string>{"theirs"});
  broker.stop();
}

}  // namespace
}  // namespace motorcade::mqtt_edge
