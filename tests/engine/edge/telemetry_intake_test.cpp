#include "engine/edge/telemetry_intake.hpp"

#include <gtest/gtest.h>

#include "adapters/files/key_store.hpp"
#include "adapters/memory/telemetry.hpp"
#include "engine/edge/metrics_registry.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::edge {
namespace {
constexpr auto kCar = "WVWZZZ1KZAW000001";

class HandClock final : public ports::Clock {
 public:
  [[nodiscard]] Time now() const override { return time; }
  boost::asio::awaitable<void> sleep_until(Time) override { co_return; }
  Time time{std::chrono::hours(12) + std::chrono::microseconds(1500)};
};

class LosesAll final : public ports::Telemetry {
 public:
  void record(ports::TelemetryRecord, ports::Answer<Result<void>> answer) override {
    answer(failure(std::errc::io_error, "the disk"));
  }
};

class TelemetryIntakeTest : public testing::Test {
 protected:
  TelemetryIntake intake_for(ports::Telemetry& place) {
    return {place,
            *keys_,
            clock_,
            metrics_,
            [this](Severity, const char* event, const JournalFields& fields) {
              said_.push_back(std::string(event) + " " + fields.front().second);
            },
            {100}};
  }
  std::vector<ports::TelemetryRecord> recorded() {
    std::vector<ports::TelemetryRecord> found;
    EXPECT_TRUE(place_.read(keys_->id_of(kCar), Time{}, [&](const auto& record) {
      found.push_back(record);
      return Result<void>{};
    }));
    return found;
  }
  bool counted(const std::string& fate, int times) {
    const auto line =
        "motorcade_telemetry_records_total{fate=\"" + fate + "\"} " + std::to_string(times) + "\n";
    return metrics_.text().find(line) != std::string::npos;
  }
  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<files::KeyFiles> keys_ =
      files::KeyFiles::open(directory_.path() / "keys", files::Access::kWrite).value();
  HandClock clock_;
  MetricsRegistry metrics_;
  std::vector<std::string> said_;
  memory::Telemetry place_{{.now = [this] { return clock_.time; }}};
};

TEST_F(TelemetryIntakeTest, ItIsSealedUnderTheVehiclesKey) {
  auto intake = intake_for(place_);
  ASSERT_TRUE(keys_->identify(kCar));
  intake.take(kCar, ContentType::kJson, R"({"speed":17})");
  const auto found = recorded();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].received_at, Time{std::chrono::hours(12) + std::chrono::milliseconds(1)});
  EXPECT_EQ(found[0].content_type, ContentType::kJson);
  EXPECT_EQ(found[0].body.find("speed"), std::string::npos);
  EXPECT_EQ(keys_->open(found[0].vehicle, "telemetry", found[0].body).value(), R"({"speed":17})");
  EXPECT_FALSE(keys_->open(found[0].vehicle, "inbox", found[0].body)) << "its purpose is another";
  EXPECT_TRUE(counted("recorded", 1)) << metrics_.text();
}

TEST_F(TelemetryIntakeTest, WhatIsTooLargeIsDroppedAndCounted) {
  auto intake = intake_for(place_);
  ASSERT_TRUE(keys_->identify(kCar));
  intake.take(kCar, ContentType::kJson, std::string(101, 'x'));
  intake.take(kCar, ContentType::kJson, std::string(100, 'x'));
  EXPECT_EQ(recorded().size(), 1U);
  EXPECT_TRUE(counted("too large", 1)) << metrics_.text();
}

TEST_F(TelemetryIntakeTest, AVehicleThatIsUnknownOrErasedGetsNoKeyByIt) {
  auto intake = intake_for(place_);
  intake.take(kCar, ContentType::kJson, "{}");
  const auto vehicle = keys_->identify(kCar).value();
  ASSERT_TRUE(keys_->destroy(vehicle));
  intake.take(kCar, ContentType::kJson, "{}");
  EXPECT_TRUE(recorded().empty());
  EXPECT_FALSE(keys_->vin_of(vehicle));
  EXPECT_TRUE(counted("unknown vehicle", 2)) << metrics_.text();
}

TEST_F(TelemetryIntakeTest, WhatIsLostIsCountedAndSaidOnceAMinute) {
  LosesAll place;
  auto intake = intake_for(place);
  ASSERT_TRUE(keys_->identify(kCar));
  for (int i = 0; i < 5; ++i) intake.take(kCar, ContentType::kJson, "{}");
  EXPECT_EQ(said_, (std::vector<std::string>{"telemetry was lost 1"}));
  clock_.time += std::chrono::minutes(1);
  intake.take(kCar, ContentType::kJson, "{}");
  EXPECT_EQ(said_.back(), "telemetry was lost 5");
  EXPECT_TRUE(counted("lost", 6)) << metrics_.text();
}

}  // namespace
}  // namespace motorcade::edge
