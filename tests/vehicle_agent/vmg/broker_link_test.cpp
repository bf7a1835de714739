// The vehicle's link against a broker that refuses: it is up only when every topic is granted.
#include "vehicle_agent/vmg/broker_link.hpp"

#include <gtest/gtest.h>

#include "support/fake_mqtt_broker.hpp"

namespace motorcade::vmg {
namespace {
namespace asio = boost::asio;
constexpr auto kVin = "WMT00000000000001";

class BrokerLinkTest : public testing::Test {
 protected:
  using Codes = std::vector<unsigned char>;
  /// Until the link is up, after one refusal for each of `answers` but the last.
  void run(std::vector<Codes> answers) {
    motorcade::testing_support::FakeMqttBroker broker(
        io_, [&](int attempt, const std::vector<std::string>&) {
          return answers.at(std::min(static_cast<std::size_t>(attempt), answers.size() - 1));
        });
    BrokerSettings settings;
    settings.uri = broker.uri();
    settings.first_retry = settings.last_retry = std::chrono::milliseconds(1);
    const auto of_vehicle = std::string("vehicle/") + kVin;
    auto link = make_broker_link(io_.get_executor(), kVin, settings,
                                 {of_vehicle + "/ack", of_vehicle + "/control"},
                                 {[this] { up_ = true; },
                                  [this](std::string why) {
                                    if (why.starts_with("the broker refuses"))
                                      down_.push_back(std::move(why));
                                  },
                                  [](BrokerMessage) {}})
                    .value();
    link->start();
    while (!up_) io_.run_one();
    EXPECT_EQ(broker.subscribes, static_cast<int>(answers.size()));
    link->stop();
    link.reset();
    broker.stop();
    io_.restart();
    io_.run_for(std::chrono::seconds(5));  // until nothing is left
  }

  asio::io_context io_{1};
  bool up_ = false;
  std::vector<std::string> down_;
};

TEST_F(BrokerLinkTest, IsUpOnlyWhenTheBrokerHasGrantedEveryTopic) {
  run({{0x87, 0x87}, {1, 0x87}, {1, 1}});
  ASSERT_EQ(down_.size(), 2u);
  EXPECT_NE(down_[0].find("vehicle/{vin}/ack (reason code 135)"), std::string::npos) << down_[0];
  EXPECT_EQ(down_[1].find("/ack"), std::string::npos) << down_[1];
  EXPECT_NE(down_[1].find("vehicle/{vin}/control (reason code 135)"), std::string::npos);
  for (const auto& why : down_) EXPECT_EQ(why.find(kVin), std::string::npos) << "names a vehicle";
}

}  // namespace
}  // namespace motorcade::vmg
