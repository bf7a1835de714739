#include "engine/edge/erasure.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "adapters/files/key_store.hpp"
#include "adapters/memory/log.hpp"
#include "support/coroutine.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::edge {
namespace {
using testing_support::run;
constexpr auto kErasedVin = "WVWZZZ1KZAW000001";
const Error kAway{std::make_error_code(std::errc::not_connected), "away"};

/// Notes what is asked of it, in order.
struct World final : ports::ReadModel, ports::VehicleLink {
  std::vector<std::string> steps;
  std::optional<Position> waited_for;
  std::optional<ports::Notice> published;
  bool caught_up = true, connected = true;

  asio::awaitable<Result<std::optional<std::string>>> get(ports::Resource, std::string) override {
    co_return std::nullopt;
  }
  asio::awaitable<Result<ports::Page>> list(ports::Resource, ports::PageRequest) override {
    co_return ports::Page{};
  }
  asio::awaitable<bool> wait_for(Position position, Duration) override {
    steps.emplace_back("wait");
    waited_for = position;
    co_return caught_up;
  }
  asio::awaitable<Result<void>> publish(ports::Notice notice) override {
    steps.emplace_back("publish");
    published = std::move(notice);
    if (!connected) co_return tl::unexpected(kAway);
    co_return Result<void>{};
  }
};

class ErasureTest : public testing::Test {
 protected:
  asio::awaitable<Result<void>> forget(VehicleId vehicle) {
    world_.steps.emplace_back("forget");
    EXPECT_EQ(keys_->open(vehicle, "vin", sealed_).value(), std::nullopt) << "not yet destroyed";
    forgotten_ = vehicle;
    co_return Result<void>{};
  }
  asio::awaitable<bool> append(Partition partition) {
    auto writer = co_await log_.take_over(partition);
    std::vector<std::string> envelopes{"one", "two"};
    const auto answer = co_await (*writer)->append(Sequence{0}, envelopes);
    co_return answer.outcome == ports::Appended::kCommitted;
  }

  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<files::KeyFiles> keys_ =
      files::KeyFiles::open(directory_.path(), files::Access::kWrite).value();
  VehicleId vehicle_ = keys_->identify(kErasedVin).value();
  std::string sealed_ = keys_->seal(vehicle_, "vin", kErasedVin).value();
  memory::Log log_{std::make_shared<memory::Store>(ports::LogBirth{Incarnation{{1}}, {4, 2, 2}})};
  World world_;
  VehicleId forgotten_;
  Erasure erasure_{*keys_,
                   log_,
                   world_,
                   world_,
                   [this](VehicleId vehicle) { return forget(vehicle); },
                   std::chrono::seconds(1)};
};

TEST_F(ErasureTest, TheKeyGoesFirstThenTheRowsWhenTheProjectorIsPastThenWhatTheBrokerKeeps) {
  const Partition partition{Stream::kVehicle, partition_of(vehicle_, 4)};
  ASSERT_TRUE(run(append(partition)));
  EXPECT_EQ(run(erasure_.erase(kErasedVin)).value(), vehicle_);
  EXPECT_EQ(world_.steps, (std::vector<std::string>{"wait", "forget", "publish"}));
  EXPECT_EQ(world_.waited_for, (Position{partition, Sequence{1}}));
  EXPECT_EQ(forgotten_, vehicle_);
  EXPECT_EQ(world_.published->channel, ports::Channel::kAck);
  EXPECT_EQ(world_.published->address, kErasedVin);
  EXPECT_EQ(world_.published->body, "") << "an empty body clears what is retained";
  EXPECT_EQ(keys_->vin_of(vehicle_), std::nullopt);
}

TEST_F(ErasureTest, WhatCannotBeDoneIsSaidAndDoneTheNextTime) {
  world_.connected = false;
  const auto first = run(erasure_.erase(kErasedVin));
  ASSERT_FALSE(first);
  EXPECT_NE(first.error().context.find("erase it again"), std::string::npos);
  EXPECT_EQ(forgotten_, vehicle_) << "the rows at least";
  EXPECT_EQ(keys_->vin_of(vehicle_), std::nullopt);
  world_.connected = true;
  EXPECT_TRUE(run(erasure_.erase(kErasedVin)));
  EXPECT_EQ(keys_->vin_of(vehicle_), std::nullopt) << "doing it again brings nothing back";
}

TEST_F(ErasureTest, ErasingAgainMakesNoKeyToDestroy) {
  const auto bytes = [this] {
    std::ifstream in(directory_.path() / "vehicles.keys", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  EXPECT_TRUE(run(erasure_.erase(kErasedVin)));
  const auto before = bytes();
  EXPECT_TRUE(run(erasure_.erase(kErasedVin)));
  EXPECT_EQ(bytes(), before);
}

TEST_F(ErasureTest, AProjectorThatLagsIsAnErrorAfterTheRowsWereCleared) {
  const Partition partition{Stream::kVehicle, partition_of(vehicle_, 4)};
  ASSERT_TRUE(run(append(partition)));
  world_.caught_up = false;
  const auto erased = run(erasure_.erase(kErasedVin));
  ASSERT_FALSE(erased);
  EXPECT_EQ(erased.error().code, std::errc::timed_out);
  EXPECT_EQ(world_.steps, (std::vector<std::string>{"wait", "forget"}));
}

}  // namespace
}  // namespace motorcade::edge
