// What read_plain takes, it reads as Protobuf's parser does. (An unknown field behind the same bytes
// sends them to the parser, which passes it over.)
#include "events/wire/plain_step.hpp"

#include <gtest/gtest.h>

#include <random>

#include "events/wire/facts.hpp"

namespace motorcade::wire {
namespace {

using vehicle::StepReported;
constexpr std::uint16_t kStep = kFactNumber<StepReported>;

StepReported some_step(std::mt19937_64& dice) {
  const auto number = [&] { return dice() >> (dice() % 64); };
  StepReported fact;
  for (auto& byte : fact.vehicle.bytes) byte = static_cast<std::uint8_t>(dice());
  if (dice() % 8 != 0) fact.command.bytes.fill(static_cast<std::uint8_t>(dice()));
  fact.step = static_cast<vehicle::ReportedStep>(1 + dice() % 14);
  if (dice() % 4 == 0) fact.reason.assign(dice() % 300, 'r');
  fact.bytes_done = number();
  fact.bytes_total = dice() % 2 == 0 ? number() : 0;
  fact.boot_count = dice() % 2 == 0 ? number() : 0;
  fact.deadline = Time(Duration(static_cast<std::int64_t>(number())));
  return fact;
}
std::string damaged(std::string payload, std::mt19937_64& dice) {
  if (payload.empty()) return payload;
  const auto at = dice() % payload.size();
  switch (dice() % 4) {
    case 0:
      payload[at] = static_cast<char>(payload[at] ^ (1 << dice() % 8));
      break;
    case 1:
      payload.resize(at);
      break;
    case 2:
      payload.insert(at, 1, static_cast<char>(dice()));
      break;
    default:
      payload.erase(at, 1);
  }
  return payload;
}
void expect_the_parsers_answer(const std::string& payload, const StepReported& plain) {
  const auto parsed = decode_vehicle_fact(kStep, 1, payload + std::string("\x78\x00", 2));
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_TRUE(std::get<StepReported>(*parsed) == plain);
}

TEST(PlainStep, WhatWeWriteIsPlain) {
  std::mt19937_64 dice(1);
  for (int round = 0; round < 5'000; ++round) {
    const auto fact = some_step(dice);
    if (fact.reason.size() >= 128 || fact.bytes_done >> 63 != 0 || fact.bytes_total >> 63 != 0 ||
        fact.boot_count >> 63 != 0)
      continue;
    const auto payload = encode_fact(vehicle::Event(fact)).payload;
    StepReported plain;
    ASSERT_TRUE(read_plain(payload, plain));
    EXPECT_TRUE(plain == fact);
    expect_the_parsers_answer(payload, plain);
  }
}
TEST(PlainStep, WhatIsTakenIsWhatTheParserWouldTake) {
  std::mt19937_64 dice(2);
  int taken = 0;
  for (int round = 0; round < 50'000; ++round) {
    const auto payload = damaged(encode_fact(vehicle::Event(some_step(dice))).payload, dice);
    StepReported plain;
    if (!read_plain(payload, plain)) continue;
    ++taken;
    expect_the_parsers_answer(payload, plain);
  }
  EXPECT_GT(taken, 5'000);
}
TEST(PlainStep, ResultsOfEcusAndUnknownStepsAreLeftToTheParser) {
  StepReported fact, plain;
  fact.ecus = {{"ZG_BODY", "ECU_011", vehicle::EcuOutcome::kFailed, 0x72}};
  EXPECT_FALSE(read_plain(encode_fact(vehicle::Event(fact)).payload, plain));
  EXPECT_FALSE(read_plain("\x18\x7F", plain));
  EXPECT_FALSE(read_plain(std::string("\x0A\x03") + "abc", plain));
}

}  // namespace
}  // namespace motorcade::wire
