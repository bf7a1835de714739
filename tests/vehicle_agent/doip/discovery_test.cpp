// Vehicle identification, entity status and power mode over UDP.
#include "vehicle_agent/doip/discovery.hpp"

#include <gtest/gtest.h>

namespace motorcade::doip {
namespace {

using namespace std::chrono_literals;

class DoipDiscovery : public ::testing::Test {
 protected:
  DoipDiscovery() { asked_.set_option(asio::socket_base::reuse_address(true)); }
  ~DoipDiscovery() override {
    if (discovery_) discovery_->stop();
    io_.restart();
    io_.run_for(5s);
  }
  void start(DiscoverySettings settings = {}) {
    settings.announcement.vin = "WMOTORCADE0000001";
    settings.announcement.address = gateway_address(1);
    settings.announcement.eid = {1, 2, 3, 4, 5, 6};
    discovery_ = Discovery::start(io_.get_executor(), settings, [] { return 3; }).value();
  }
  std::optional<Message> receive(Clock::duration within) {
    Bytes buffer(256);
    std::optional<std::size_t> count;
    asked_.async_receive(asio::buffer(buffer), [&](auto error, std::size_t n) {
      if (!error) count = n;
      io_.stop();
    });
    io_.restart();
    io_.run_for(within);
    if (!count) {
      asked_.cancel();
      io_.restart();
      io_.poll();
      return std::nullopt;
    }
    return std::get<Message>(decode_datagram(ByteView(buffer).first(*count)));
  }
  void send(const Bytes& bytes) {
    asked_.send_to(asio::buffer(bytes), {asio::ip::address_v4::loopback(), discovery_->port()});
  }
  std::optional<Message> ask(const Message& message, Clock::duration within = 5s) {
    send(encode(message));
    return receive(within);
  }

  asio::io_context io_{1};
  asio::ip::udp::socket asked_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::shared_ptr<Discovery> discovery_;
};

TEST_F(DoipDiscovery, IdentifiesTheVehicleToWhomItConcerns) {
  start();
  const auto all = ask(IdentificationRequest{});
  ASSERT_TRUE(all);
  EXPECT_EQ(std::get<Announcement>(*all).vin, "WMOTORCADE0000001");
  EXPECT_EQ(std::get<Announcement>(*all).address, gateway_address(1));
  EXPECT_TRUE(ask(IdentificationRequestVin{"WMOTORCADE0000001"}));
  EXPECT_TRUE(ask(IdentificationRequestEid{{1, 2, 3, 4, 5, 6}}));
  // Who is not meant stays silent: the next answer is to the next question.
  send(encode(IdentificationRequestVin{"WMOTORCADE0000002"}));
  send(encode(IdentificationRequestEid{{6, 5, 4, 3, 2, 1}}));
  const auto next = ask(PowerModeRequest{});
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, Message(PowerModeResponse{1}));
}

TEST_F(DoipDiscovery, TellsItsStatus) {
  start();
  const auto status = ask(EntityStatusRequest{});
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, Message(EntityStatusResponse{0, 8, 3, Limits{}.max_payload_bytes}));
}

TEST_F(DoipDiscovery, NacksGarbageAndSurvivesIt) {
  start();
  send({1, 2, 3});
  EXPECT_EQ(receive(5s), Message(GenericNack{GenericNackCode::incorrect_pattern}));
  send({});
  EXPECT_EQ(receive(5s), Message(GenericNack{GenericNackCode::incorrect_pattern}));
  send({0x03, 0xFC, 0x99, 0x99, 0, 0, 0, 0});
  EXPECT_EQ(receive(5s), Message(GenericNack{GenericNackCode::unknown_payload_type}));
  EXPECT_TRUE(ask(IdentificationRequest{}));
}

TEST_F(DoipDiscovery, AnnouncesThreeTimesAtStart) {
  DiscoverySettings settings;
  settings.announce_to = asked_.local_endpoint();
  settings.announce_interval = 10ms;
  start(settings);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(receive(5s));
  EXPECT_EQ(ask(PowerModeRequest{}), Message(PowerModeResponse{1})) << "no fourth announcement";
}

}  // namespace
}  // namespace motorcade::doip
