// Diagnostics through a gateway: by logical address, with nacks, NRCs and reports.
#include "vehicle_agent/zonal_gateway/rig.hpp"

namespace motorcade::in_vehicle {
namespace {

using uds::Bytes;

TEST(Routing, ReachesAnEcuByItsAddress) {
  Rig rig;
  auto zone = rig.zone();
  const auto vin = rig.wait(zone.diagnose(doip::ecu_address(12), {0x22, 0xF1, 0x90}));
  ASSERT_TRUE(vin) << doip::to_string(vin.error());
  EXPECT_EQ(std::string(vin->begin() + 3, vin->end()), "WMOTORCADE0000001");
  const auto refused = rig.wait(zone.diagnose(doip::ecu_address(12), {0x34, 0x00, 0x11, 0, 1}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(*refused, (Bytes{0x7F, 0x34, 0x7F}));
  const auto gateway = rig.wait(zone.diagnose(doip::gateway_address(1), {0x22, 0xF1, 0x97}));
  ASSERT_TRUE(gateway);
  EXPECT_EQ(std::string(gateway->begin() + 3, gateway->end()), "ZGW");
}

TEST(Routing, AnUnknownTargetIsNacked) {
  Rig rig;
  auto zone = rig.zone();
  const auto answer = rig.wait(zone.diagnose(doip::ecu_address(6), {0x3E, 0x00}));
  ASSERT_FALSE(answer) << "ECU 6 lives in the other zone";
  EXPECT_EQ(answer.error().code, Errc::nacked);
  EXPECT_NE(answer.error().context.find("0x03"), std::string::npos);
}

TEST(Routing, ASessionOpenedThroughTheGatewayLastsFromRequestToRequest) {
  Rig rig;
  auto zone = rig.zone();
  const auto ecu = doip::ecu_address(11);
  ASSERT_TRUE(rig.wait(zone.diagnose(ecu, {0x10, 0x03})));
  const auto setting = rig.wait(zone.diagnose(ecu, {0x85, 0x02}));
  ASSERT_TRUE(setting);
  EXPECT_EQ(*setting, (Bytes{0xC5, 0x02}));
}

TEST(Routing, ReadinessCountsReachableEcusAndCriticalDtcs) {
  Rig rig;
  rig.network().set_dtc("ECU_011", 0x123456, 0x09);
  rig.network().set_dtc("ECU_012", 0x123457, 0x08);  // confirmed once, does not fail now
  rig.network().set_temperature(-7);
  auto zone = rig.zone();
  const auto readiness = rig.wait(zone.readiness());
  ASSERT_TRUE(readiness) << doip::to_string(readiness.error());
  EXPECT_EQ(readiness->critical_dtcs, 1);
  EXPECT_EQ(readiness->ecus_reachable, 2);
  EXPECT_EQ(readiness->temperature_celsius, -7);
  EXPECT_FALSE(readiness->busy);
}

TEST(Routing, ReportsAreAlsoRoutines) {
  Rig rig;
  auto zone = rig.zone();
  const auto gateway = doip::gateway_address(1);
  ASSERT_TRUE(rig.wait(zone.diagnose(gateway, {0x10, 0x03})));
  const auto early = rig.wait(zone.diagnose(gateway, {0x31, 0x01, 0xF0, 0x02}));
  EXPECT_EQ(*early, (Bytes{0x7F, 0x31, 0x24}));
  EXPECT_EQ(rig.wait(zone.diagnose(gateway, {0x31, 0x01, 0xF0, 0x01}))->at(0), 0x71);
  (void)rig.ecu(0);  // asks the same ECUs after the collection: when it has answered, that is done
  const auto report = rig.wait(zone.diagnose(gateway, {0x31, 0x01, 0xF0, 0x02}));
  ASSERT_TRUE(report);
  const auto inventory = decode_inventory(doip::ByteView(*report).subspan(4));
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->ecus.size(), 2u);
}

TEST(Routing, JobsNeedAnUnlockedProgrammingSession) {
  Rig rig;
  auto zone = rig.zone();
  const auto gateway = doip::gateway_address(1);
  ASSERT_TRUE(rig.wait(zone.diagnose(gateway, {0x10, 0x03})));
  for (const std::uint8_t routine : {0x10, 0x11, 0x12})
    EXPECT_EQ(*rig.wait(zone.diagnose(gateway, {0x31, 0x01, 0xF0, routine})),
              (Bytes{0x7F, 0x31, 0x33}));
  auto settings = rig.network().client_settings();
  settings.secret = "guessed";
  ZoneClient thief(rig.network().endpoints()[0], settings);
  const auto refused = rig.wait(thief.activate());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().context.find("0x35"), std::string::npos);
}

TEST(Routing, AWrongGatewayAtTheAddressIsNoticed) {
  Rig rig;
  auto endpoint = rig.network().endpoints()[0];
  endpoint.address = doip::gateway_address(9);
  ZoneClient zone(endpoint, rig.network().client_settings());
  EXPECT_FALSE(rig.wait(zone.inventory()));
}

TEST(Routing, AGatewayIsFoundByTheVinOnUdp) {
  auto spec = Rig::two_zones();
  spec.discovery = true;
  Rig rig(spec);
  asio::ip::udp::socket socket(rig.io(), {asio::ip::address_v4::loopback(), 0});
  const auto request = doip::encode(doip::IdentificationRequestVin{spec.vin});
  socket.send_to(asio::buffer(request),
                 {asio::ip::address_v4::loopback(), rig.network().endpoints()[1].udp_port});
  Bytes answer(100);
  std::size_t count = 0;
  socket.async_receive(asio::buffer(answer), [&](auto, std::size_t n) {
    count = n;
    rig.io().stop();
  });
  rig.io().restart();
  rig.io().run_for(std::chrono::seconds(5));
  const auto decoded = doip::decode_datagram(doip::ByteView(answer).first(count));
  const auto& announcement = std::get<doip::Announcement>(std::get<doip::Message>(decoded));
  EXPECT_EQ(announcement.address, doip::gateway_address(2));
  EXPECT_EQ(announcement.vin, spec.vin);
}

}  // namespace
}  // namespace motorcade::in_vehicle
