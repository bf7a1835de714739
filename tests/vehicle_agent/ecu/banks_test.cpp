// A/B banks: what is written, staged, booted and taken back.
#include "vehicle_agent/ecu/banks.hpp"

#include <gtest/gtest.h>

#include <random>

namespace motorcade::in_vehicle {
namespace {

using namespace std::chrono_literals;
using Boot = Banks::BootResult;
const BootPolicy policy;

Banks on_version_1() {
  Bank bank;
  bank.state = BankState::valid;
  bank.version = "1.0.0";
  return Banks(bank);
}
Banks with_2_staged() {
  auto banks = on_version_1();
  banks.erase();
  banks.receive(100);
  banks.stage("2.0.0", digest::sha256("image"));
  return banks;
}

TEST(Banks, WhatIsStagedRunsAfterTheNextBoot) {
  auto banks = with_2_staged();
  EXPECT_EQ(banks.active().version, "1.0.0");
  EXPECT_EQ(banks.boot(true, 0ms, policy), Boot::switched);
  EXPECT_EQ(banks.active().version, "2.0.0");
  EXPECT_EQ(banks.other().version, "1.0.0");
  EXPECT_EQ(banks.boot(true, 1ms, policy), Boot::same);
  EXPECT_EQ(banks.boot_count(), 3u);
}

TEST(Banks, ProgrammingNeverTouchesTheActiveBank) {
  auto banks = with_2_staged();
  ASSERT_EQ(banks.boot(true, 0ms, policy), Boot::switched);
  const auto running = banks.active();
  banks.erase();
  banks.receive(5);
  EXPECT_EQ(banks.active(), running);
  banks.reject();
  EXPECT_EQ(banks.boot(true, 0ms, policy), Boot::same) << "what failed its check never boots";
  EXPECT_EQ(banks.active(), running);
}

TEST(Banks, ThreeFailedBootsWithinThirtyMinutesRollBack) {
  auto banks = with_2_staged();
  EXPECT_EQ(banks.boot(false, 0min, policy), Boot::retry);
  EXPECT_EQ(banks.boot(false, 10min, policy), Boot::retry);
  EXPECT_EQ(banks.boot(false, 30min, policy), Boot::rolled_back);
  EXPECT_EQ(banks.active().version, "1.0.0");
  EXPECT_EQ(banks.other().state, BankState::bad);
  EXPECT_FALSE(banks.roll_back()) << "the bad bank is nothing to go to";
}

TEST(Banks, FailedBootsLongAgoDoNotCount) {
  auto banks = with_2_staged();
  EXPECT_EQ(banks.boot(false, 0min, policy), Boot::retry);
  EXPECT_EQ(banks.boot(false, 20min, policy), Boot::retry);
  EXPECT_EQ(banks.boot(false, 31min, policy), Boot::retry) << "the first is out of the window";
  EXPECT_EQ(banks.boot(false, 32min, policy), Boot::rolled_back);
}

TEST(Banks, RollingBackUnstagesOrReturnsAndDoesNotSwing) {
  auto staged = with_2_staged();
  EXPECT_TRUE(staged.roll_back());
  EXPECT_EQ(staged.boot(true, 0ms, policy), Boot::same);
  EXPECT_EQ(staged.active().version, "1.0.0");

  auto running = with_2_staged();
  ASSERT_EQ(running.boot(true, 0ms, policy), Boot::switched);
  EXPECT_TRUE(running.roll_back());
  EXPECT_TRUE(running.roll_back()) << "asked twice before the reset";
  EXPECT_EQ(running.boot(true, 0ms, policy), Boot::switched);
  EXPECT_EQ(running.active().version, "1.0.0");
  EXPECT_FALSE(running.roll_back()) << "not forward again to what was rejected";
  EXPECT_FALSE(on_version_1().roll_back()) << "a new ECU has nothing else";
}

TEST(Banks, StateSurvivesEncodingAndDamageIsNoticedOrHarmless) {
  auto banks = with_2_staged();
  (void)banks.boot(false, 5min, policy);
  const auto bytes = banks.encode();
  EXPECT_EQ(Banks::decode(bytes), banks);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Banks::decode(std::string_view(bytes).substr(0, size)));
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    (void)Banks::decode(damaged);
  }
}

}  // namespace
}  // namespace motorcade::in_vehicle
