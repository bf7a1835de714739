// Sessions, security access, timing, and which service exists where.
#include "vehicle_agent/uds/fake_device.hpp"

namespace motorcade::uds {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* request;
  const char* in_standard;
  const char* in_extended;
  const char* in_locked_programming;
};

TEST(UdsSessions, EachServiceExistsWhereTheTableSays) {
  const Case cases[] = {
      {"3E 00", "7E 00", "7E 00", "7E 00"},
      {"22 F1 90", "62 F1 90 57 41 42", "62 F1 90 57 41 42", "62 F1 90 57 41 42"},
      {"19 02 FF", "59 02 2F 12 34 56 09 F0 00 51 08", "59 02 2F 12 34 56 09 F0 00 51 08",
       "7F 19 7F"},
      {"14 FF FF FF", "54", "54", "7F 14 7F"},
      {"85 02", "7F 85 7F", "C5 02", "C5 02"},
      {"28 03 01", "7F 28 7F", "68 03", "68 03"},
      {"27 01", "7F 27 7F", "67 01 01 02 03 04", "67 01 01 02 03 04"},
      {"2E F1 90 41", "7F 2E 7F", "7F 2E 33", "7F 2E 33"},
      {"31 01 FF 00", "7F 31 7F", "7F 31 33", "7F 31 33"},
      {"31 01 F0 02", "7F 31 7F", "71 01 F0 02 AA", "71 01 F0 02 AA"},
      {"34 00 11 00 01", "7F 34 7F", "7F 34 7F", "7F 34 33"},
      {"35 00 11 00 01", "7F 35 7F", "7F 35 7F", "7F 35 33"},
      {"36 01 00", "7F 36 7F", "7F 36 7F", "7F 36 24"},
      {"37", "7F 37 7F", "7F 37 7F", "7F 37 24"},
      {"2F F1 90 00", "7F 2F 11", "7F 2F 11", "7F 2F 11"},
      {"00", "7F 00 11", "7F 00 11", "7F 00 11"},
  };
  for (const auto& c : cases) {
    FakeEcu standard, extended, programming;
    EXPECT_EQ(standard.ask(c.request), c.in_standard) << c.request;
    extended.ask("10 03");
    EXPECT_EQ(extended.ask(c.request), c.in_extended) << c.request;
    programming.ask("10 03");
    programming.ask("10 02");
    EXPECT_EQ(programming.ask(c.request), c.in_locked_programming) << c.request;
  }
}

TEST(UdsSessions, ControlAnswersItsTimingAndRefusesTheRest) {
  FakeEcu ecu;
  EXPECT_EQ(ecu.ask("10 01"), "50 01 00 32 01 F4");
  EXPECT_EQ(ecu.ask("10 02"), "7F 10 7E") << "programming is reached from the extended session";
  EXPECT_EQ(ecu.ask("10 04"), "7F 10 12");
  EXPECT_EQ(ecu.ask("10"), "7F 10 13");
  EXPECT_EQ(ecu.ask("10 03 00"), "7F 10 13");
  EXPECT_EQ(ecu.ask("10 83"), "") << "the positive response is suppressed";
  EXPECT_EQ(ecu.server.session(ecu.now), Session::extended);
  EXPECT_EQ(ecu.ask("10 84"), "7F 10 12") << "a negative one is not";
  EXPECT_EQ(ecu.ask("10 02"), "50 02 00 32 01 F4");
}

TEST(UdsSessions, SilenceEndsASessionAndTesterPresentKeepsIt) {
  FakeEcu ecu;
  ecu.unlock();
  ecu.now += 4900ms;
  EXPECT_EQ(ecu.ask("3E 80"), "");
  ecu.now += 4900ms;
  EXPECT_EQ(ecu.server.session(ecu.now), Session::programming);
  EXPECT_TRUE(ecu.server.unlocked());
  ecu.now += 5001ms;
  EXPECT_EQ(ecu.ask("34 00 11 00 01"), "7F 34 7F");
  EXPECT_FALSE(ecu.server.unlocked());
  EXPECT_EQ(ecu.ask("3E 01"), "7F 3E 12");
  EXPECT_EQ(ecu.ask("3E 00 00"), "7F 3E 13");
}

TEST(UdsSessions, TheStandardSessionRestoresWhatWasSwitchedOff) {
  FakeEcu ecu;
  ecu.ask("10 03");
  ecu.ask("85 02");
  ecu.ask("28 03 01");
  ecu.ask("10 02");
  EXPECT_FALSE(ecu.server.dtc_setting_on());
  EXPECT_FALSE(ecu.server.communication_on());
  ecu.ask("10 01");
  EXPECT_TRUE(ecu.server.dtc_setting_on());
  EXPECT_TRUE(ecu.server.communication_on());
}

TEST(UdsSessions, ControlServicesCheckTheirArguments) {
  FakeEcu ecu;
  ecu.ask("10 03");
  EXPECT_EQ(ecu.ask("85 03"), "7F 85 12");
  EXPECT_EQ(ecu.ask("85 01 00"), "7F 85 13");
  EXPECT_EQ(ecu.ask("28 04 01"), "7F 28 12");
  EXPECT_EQ(ecu.ask("28 00 00"), "7F 28 31");
  EXPECT_EQ(ecu.ask("28 00"), "7F 28 13");
  EXPECT_EQ(ecu.ask("28 80 03"), "");
  EXPECT_TRUE(ecu.server.communication_on());
}

TEST(UdsSecurity, AKeyFitsOnlyItsSeedAndOnlyOnce) {
  FakeEcu ecu;
  ecu.ask("10 03");
  EXPECT_EQ(ecu.ask("27 02 FE FD FC FB"), "7F 27 24") << "no seed was asked for";
  ecu.ask("27 01");
  EXPECT_EQ(ecu.ask("27 02 FE FD FC"), "7F 27 13");
  EXPECT_EQ(ecu.ask("27 02 FE FD FC FB"), "7F 27 24") << "the seed is spent";
  ecu.ask("27 01");
  EXPECT_EQ(ecu.ask("27 02 FE FD FC FB"), "67 02");
  EXPECT_EQ(ecu.ask("27 01"), "67 01 00 00 00 00") << "unlocked already";
  EXPECT_EQ(ecu.ask("27 03"), "7F 27 12");
  ecu.ask("10 02");
  EXPECT_FALSE(ecu.server.unlocked()) << "another session locks again";
}

TEST(UdsSecurity, ThreeWrongKeysLockOutForTenSeconds) {
  FakeEcu ecu;
  ecu.ask("10 03");
  for (const char* answer : {"7F 27 35", "7F 27 35", "7F 27 36"}) {
    EXPECT_EQ(ecu.ask("27 01"), "67 01 01 02 03 04");
    EXPECT_EQ(ecu.ask("27 02 00 00 00 00"), answer);
  }
  EXPECT_EQ(ecu.ask("27 01"), "7F 27 37");
  ecu.now += 9999ms;
  ecu.ask("10 03");
  EXPECT_EQ(ecu.ask("27 01"), "7F 27 37") << "a new session is no way around it";
  ecu.now += 1ms;
  EXPECT_EQ(ecu.ask("27 01"), "67 01 01 02 03 04");
}

TEST(UdsTiming, LongWorkAnswersPendingBeforeEachDeadline) {
  FakeEcu ecu;
  ecu.unlock();
  ecu.device.routine_takes = 9s;
  EXPECT_EQ(ecu.ask("31 01 FF 00"), "7F 31 78, 7F 31 78, 7F 31 78, 71 01 FF 00 00");
  EXPECT_EQ(ecu.server.session(ecu.now), Session::programming) << "S3 stands still meanwhile";
  ecu.device.routine_takes = 30ms;  // within P2: no pending, only later
  EXPECT_EQ(ecu.ask("31 01 FF 00"), "71 01 FF 00 00");
  ecu.device.routine_takes = 9s;
  EXPECT_EQ(ecu.ask("31 81 FF 00"), "7F 31 78, 7F 31 78, 7F 31 78, 71 01 FF 00 00")
      << "after 0x78 the final response is not suppressed";
}

TEST(UdsTiming, WhileItWorksItIsBusy) {
  FakeEcu ecu;
  ecu.unlock();
  ecu.device.routine_takes = 9s;
  EXPECT_EQ(to_hex(ecu.server.handle(from_hex("31 01 FF 00"), ecu.now).at(0)), "7F 31 78");
  EXPECT_EQ(to_hex(ecu.server.handle(from_hex("22 F1 90"), ecu.now).at(0)), "7F 22 21");
  EXPECT_TRUE(ecu.server.handle(from_hex("3E 80"), ecu.now).empty());
  EXPECT_TRUE(ecu.server.poll(ecu.now).empty()) << "too early";
}

TEST(UdsReset, IsAnsweredThenHandedToTheCaller) {
  FakeEcu ecu;
  EXPECT_EQ(ecu.ask("11 02"), "7F 11 12");
  EXPECT_EQ(ecu.ask("11"), "7F 11 13");
  EXPECT_FALSE(ecu.server.take_reset());
  EXPECT_EQ(ecu.ask("11 01"), "51 01");
  EXPECT_EQ(ecu.server.take_reset(), 0x01);
  EXPECT_FALSE(ecu.server.take_reset());
  ecu.unlock();
  ecu.server.restart();
  EXPECT_EQ(ecu.server.session(ecu.now), Session::standard);
  EXPECT_FALSE(ecu.server.unlocked());
}

}  // namespace
}  // namespace motorcade::uds
