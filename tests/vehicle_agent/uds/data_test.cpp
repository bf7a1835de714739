// Identifiers, DTCs, routines; and bytes that make no sense.
#include <random>

#include "vehicle_agent/uds/fake_device.hpp"

namespace motorcade::uds {
namespace {

TEST(UdsData, IdentifiersAreReadTogetherAndUnknownOnesLeftOut) {
  FakeEcu ecu;
  EXPECT_EQ(ecu.ask("22 F1 90 F1 A0"), "62 F1 90 57 41 42 F1 A0 00");
  EXPECT_EQ(ecu.ask("22 12 34 F1 A0"), "62 F1 A0 00");
  EXPECT_EQ(ecu.ask("22 12 34"), "7F 22 31");
  EXPECT_EQ(ecu.ask("22 F1"), "7F 22 13");
  EXPECT_EQ(ecu.ask("22 F1 90 F1"), "7F 22 13");
  std::string seventeen = "22";
  for (int i = 0; i < 17; ++i) seventeen += " F1 90";
  EXPECT_EQ(ecu.ask(seventeen), "7F 22 13");
  ServerSettings small;
  small.max_response_bytes = 5;
  FakeEcu little(small);
  EXPECT_EQ(little.ask("22 F1 90"), "7F 22 14");
}

TEST(UdsData, WritingNeedsAnUnlockedEcu) {
  FakeEcu ecu;
  ecu.unlock();
  EXPECT_EQ(ecu.ask("2E F1 90 58 59"), "6E F1 90");
  EXPECT_EQ(ecu.ask("22 F1 90"), "62 F1 90 58 59");
  EXPECT_EQ(ecu.ask("2E F1 95 58"), "7F 2E 31");
  EXPECT_EQ(ecu.ask("2E F1 90"), "7F 2E 13");
}

TEST(UdsData, DtcsAreCountedListedAndCleared) {
  FakeEcu ecu;
  EXPECT_EQ(ecu.ask("19 01 08"), "59 01 2F 01 00 02");
  EXPECT_EQ(ecu.ask("19 01 01"), "59 01 2F 01 00 01");
  EXPECT_EQ(ecu.ask("19 02 01"), "59 02 2F 12 34 56 09");
  EXPECT_EQ(ecu.ask("19 0A"), "59 0A 2F 12 34 56 09 F0 00 51 08");
  EXPECT_EQ(ecu.ask("19 0A 00"), "7F 19 13");
  EXPECT_EQ(ecu.ask("19 03 00"), "7F 19 12");
  EXPECT_EQ(ecu.ask("14 00 00 01"), "7F 14 31");
  EXPECT_EQ(ecu.ask("14 FF FF"), "7F 14 13");
  EXPECT_EQ(ecu.ask("14 FF FF FF"), "54");
  EXPECT_EQ(ecu.ask("19 02 FF"), "59 02 2F");
}

TEST(UdsData, RoutinesAreKnownProtectedAndInOrder) {
  FakeEcu ecu;
  ecu.ask("10 03");
  EXPECT_EQ(ecu.ask("31 01 12 34"), "7F 31 31");
  EXPECT_EQ(ecu.ask("31 04 FF 00"), "7F 31 12");
  EXPECT_EQ(ecu.ask("31 01 FF"), "7F 31 13");
  EXPECT_EQ(ecu.ask("31 03 F0 02"), "7F 31 24");
  ecu.ask("27 01");
  ecu.ask("27 02 FE FD FC FB");
  EXPECT_EQ(ecu.ask("31 01 FF 00"), "7F 31 22") << "unlocked, but not in the programming session";
}

TEST(UdsData, AnEmptyRequestIsNoRequest) {
  FakeEcu ecu;
  EXPECT_TRUE(ecu.server.handle({}, ecu.now).empty());
}

TEST(UdsData, RandomRequestsInEverySessionGetAtMostOneAnswerAndNoCrash) {
  std::mt19937 random(14229);
  const std::uint8_t services[] = {0x10, 0x11, 0x14, 0x19, 0x22, 0x27, 0x28, 0x2E,
                                   0x31, 0x34, 0x35, 0x36, 0x37, 0x3E, 0x85, 0x99};
  for (int round = 0; round < 300; ++round) {
    FakeEcu ecu;
    if (round % 3 != 0) ecu.unlock();
    if (round % 3 == 2) ecu.ask("31 01 FF 00");
    for (int i = 0; i < 100; ++i) {
      Bytes request{services[random() % std::size(services)]};
      for (unsigned n = random() % 12; n > 0; --n)
        request.push_back(static_cast<std::uint8_t>(random() % 5));
      if (request[0] == 0x36 && ecu.device.memory.size() > 100'000) break;
      const auto responses = ecu.server.handle(request, ecu.now);
      ASSERT_LE(responses.size(), 1u);
      for (const auto& response : responses) {
        ASSERT_FALSE(response.empty());
        const bool fits = response[0] == 0x7F
                              ? response.at(1) == request[0]
                              : response[0] == static_cast<std::uint8_t>(request[0] + 0x40);
        EXPECT_TRUE(fits) << to_hex(request) << " -> " << to_hex(response);
      }
      (void)ecu.server.take_reset();
    }
  }
}

}  // namespace
}  // namespace motorcade::uds
