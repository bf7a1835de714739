// 34, 35, 36, 37: sizes, counters, order.
#include "vehicle_agent/uds/fake_device.hpp"

namespace motorcade::uds {
namespace {

class UdsTransfer : public ::testing::Test {
 protected:
  UdsTransfer() {
    ecu.unlock();
    EXPECT_EQ(ecu.ask("31 01 FF 00"), "71 01 FF 00 00");
  }
  static ServerSettings small_blocks() {
    ServerSettings settings;
    settings.max_block_bytes = 6;
    return settings;
  }
  FakeEcu ecu{small_blocks()};
};

TEST_F(UdsTransfer, WritesBlockAfterBlock) {
  EXPECT_EQ(ecu.ask("34 00 12 00 00"), "7F 34 13") << "one byte of size, two of address";
  EXPECT_EQ(ecu.ask("34 00 11 00 06"), "74 40 00 00 00 06");
  EXPECT_EQ(ecu.ask("36 01 0A 0B 0C 0D"), "76 01");
  EXPECT_EQ(ecu.ask("36 02 0E 0F"), "76 02");
  EXPECT_EQ(ecu.ask("37"), "77");
  EXPECT_EQ(to_hex(ecu.device.memory), "0A 0B 0C 0D 0E 0F");
  EXPECT_EQ(ecu.ask("31 01 FF 01 2A"), "71 01 FF 01 00");
  EXPECT_EQ(ecu.ask("31 01 FF 01 2B"), "71 01 FF 01 01");
}

TEST_F(UdsTransfer, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ecu.ask("34 00 01 00"), "7F 34 31") << "no size";
  EXPECT_EQ(ecu.ask("34 00 10 01"), "7F 34 31") << "no address";
  EXPECT_EQ(ecu.ask("34 00 19 00 00 00 00 00 00 00 00 00 01"), "7F 34 31");
  EXPECT_EQ(ecu.ask("34 11 11 00 01"), "7F 34 31") << "compression is not supported";
  EXPECT_EQ(ecu.ask("34 00 11 00 00"), "7F 34 31") << "nothing to write";
  EXPECT_EQ(ecu.ask("34 00 11 01 01"), "7F 34 31") << "no such address";
  EXPECT_EQ(ecu.ask("34 00 41 00 FF FF FF FF"), "7F 34 31");
  EXPECT_EQ(ecu.ask("34 00"), "7F 34 13");
  EXPECT_EQ(ecu.ask("34 00 81 00 00 00 00 00 00 00 00 04"), "74 40 00 00 00 06");
  EXPECT_EQ(ecu.ask("34 00 11 00 04"), "7F 34 22") << "one transfer at a time";
  EXPECT_EQ(ecu.ask("11 01"), "7F 11 22") << "nor a reset in the middle of it";
  EXPECT_EQ(ecu.ask("36 01 00 01 02 03 04"), "7F 36 13") << "longer than a block";
  EXPECT_EQ(ecu.ask("36 01"), "7F 36 13");
  EXPECT_EQ(ecu.ask("37"), "7F 37 24") << "bytes are missing";
  EXPECT_EQ(ecu.ask("36 01 00 01 02"), "76 01");
  EXPECT_EQ(ecu.ask("36 02 03 04"), "7F 36 71") << "more than was announced";
  EXPECT_EQ(ecu.ask("36 02 03"), "76 02");
  EXPECT_EQ(ecu.ask("37 00"), "7F 37 13");
  EXPECT_EQ(ecu.ask("37"), "77");
  EXPECT_EQ(ecu.ask("37"), "7F 37 24");
}

TEST_F(UdsTransfer, WithoutErasingNothingIsTaken) {
  ecu.device.erased = false;
  EXPECT_EQ(ecu.ask("34 00 11 00 06"), "7F 34 70");
}

TEST_F(UdsTransfer, TheBlockCounterWrapsAndARepeatedBlockIsNotWrittenTwice) {
  EXPECT_EQ(ecu.ask("34 00 12 00 00 02 58"), "7F 34 13");
  EXPECT_EQ(ecu.ask("34 00 21 00 02 58"), "74 40 00 00 00 06");
  EXPECT_EQ(ecu.ask("36 00 00"), "7F 36 73") << "the first block is 1";
  for (unsigned i = 1; i <= 300; ++i) {
    const auto counter = static_cast<std::uint8_t>(i);
    const auto request = to_hex(Bytes{0x36, counter, 0x11, 0x22});
    EXPECT_EQ(ecu.ask(request), to_hex(Bytes{0x76, counter}));
    if (i % 100 == 0) {
      EXPECT_EQ(ecu.ask(request), to_hex(Bytes{0x76, counter})) << "the answer was lost";
    }
    const auto skipped = to_hex(Bytes{0x36, static_cast<std::uint8_t>(counter + 2), 0x11});
    EXPECT_EQ(ecu.ask(skipped), "7F 36 73");
  }
  EXPECT_EQ(ecu.ask("37"), "77");
  EXPECT_EQ(ecu.device.memory.size(), 600u);
}

TEST_F(UdsTransfer, AFailedWriteIsAProgrammingFailure) {
  ecu.ask("34 00 11 00 06");
  ecu.device.write_fails = true;
  EXPECT_EQ(ecu.ask("36 01 00"), "7F 36 72");
}

TEST_F(UdsTransfer, ASessionChangeEndsIt) {
  ecu.ask("34 00 11 00 06");
  ecu.ask("10 02");
  EXPECT_EQ(ecu.ask("36 01 00"), "7F 36 24");
}

TEST_F(UdsTransfer, UploadsTheMemoryBack) {
  ecu.device.memory = from_hex("01 02 03 04 05");
  EXPECT_EQ(ecu.ask("35 00 11 00 06"), "7F 35 31");
  EXPECT_EQ(ecu.ask("35 00 11 00 05"), "75 40 00 00 00 06");
  EXPECT_EQ(ecu.ask("36 01 00"), "7F 36 13");
  EXPECT_EQ(ecu.ask("36 01"), "76 01 01 02 03 04");
  EXPECT_EQ(ecu.ask("36 01"), "76 01 01 02 03 04") << "asked again";
  EXPECT_EQ(ecu.ask("37"), "7F 37 24");
  EXPECT_EQ(ecu.ask("36 02"), "76 02 05");
  EXPECT_EQ(ecu.ask("36 03"), "7F 36 24");
  EXPECT_EQ(ecu.ask("37"), "77");
}

}  // namespace
}  // namespace motorcade::uds
