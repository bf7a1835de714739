#include "contract/telemetry_contract.hpp"

#include <atomic>
#include <future>

namespace motorcade::contract {

using Records = std::vector<ports::TelemetryRecord>;
constexpr std::chrono::milliseconds kTick{1};

Time telemetry_begin() {
  const auto now = std::chrono::system_clock::now();
  return std::chrono::floor<std::chrono::hours>(now) - std::chrono::hours(1);
}

ports::TelemetryRecord telemetry_of(std::uint8_t vehicle, Time received_at, std::string body) {
  return {VehicleId{{vehicle, 7}}, received_at, ContentType::kJson, std::move(body)};
}

std::size_t record_all(ports::Telemetry& telemetry, const Records& records) {
  struct Outcome {
    std::atomic<std::size_t> open, lost = 0;
    std::promise<void> known;
  };
  const auto outcome = std::make_shared<Outcome>();
  outcome->open = records.size();
  for (const auto& record : records)
    telemetry.record(record, [outcome](const Result<void>& recorded) {
      if (!recorded) ++outcome->lost;
      if (--outcome->open == 0) outcome->known.set_value();
    });
  if (outcome->known.get_future().wait_for(std::chrono::minutes(2)) != std::future_status::ready)
    throw std::runtime_error("records were not answered");
  return outcome->lost;
}

Records read_all(ports::TelemetryReader& reader, std::uint8_t vehicle, Time from) {
  Records found;
  const auto read = reader.read(VehicleId{{vehicle, 7}}, from, [&](const auto& record) {
    found.push_back(record);
    return Result<void>{};
  });
  EXPECT_TRUE(read) << to_string(read.error());
  return found;
}

namespace {

TEST_P(TelemetryContract, WhatIsRecordedIsReadAsItWas) {
  const auto begin = telemetry_begin();
  auto binary = telemetry_of(1, begin + kTick, std::string("\0\xff sealed", 9));
  binary.content_type = ContentType::kProtobuf;
  const auto json = telemetry_of(1, begin, "{}");
  ASSERT_EQ(record_all(harness_->telemetry(), {json, telemetry_of(2, begin, "other"), binary}), 0U);
  EXPECT_EQ(read_all(harness_->reader(), 1, begin), (Records{json, binary}));
  EXPECT_TRUE(read_all(harness_->reader(), 3, begin).empty());
}

TEST_P(TelemetryContract, WhereNothingWasRecordedNothingIsRead) {
  harness_->telemetry();
  EXPECT_TRUE(read_all(harness_->reader(), 1, telemetry_begin()).empty());
}

/// Also within a millisecond, and over the end of an hour.
TEST_P(TelemetryContract, AVehiclesRecordsKeepTheirOrder) {
  const auto begin = telemetry_begin() + std::chrono::minutes(59);
  Records all, first;
  for (int i = 0; i < 300; ++i) {
    const auto vehicle = static_cast<std::uint8_t>(i % 5);
    all.push_back(
        telemetry_of(vehicle, begin + i / 20 * std::chrono::seconds(10), std::to_string(i)));
    if (vehicle == 1) first.push_back(all.back());
  }
  ASSERT_EQ(record_all(harness_->telemetry(), all), 0U);
  EXPECT_EQ(read_all(harness_->reader(), 1, begin), first);
}

TEST_P(TelemetryContract, ReadingBeginsAtATime) {
  const auto begin = telemetry_begin();
  Records all;
  for (int i = 0; i < 4; ++i)
    all.push_back(telemetry_of(1, begin + 30 * i * std::chrono::minutes(1), "x"));
  ASSERT_EQ(record_all(harness_->telemetry(), all), 0U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(i);
    EXPECT_EQ(read_all(harness_->reader(), 1, from->received_at), Records(from, all.end()));
    EXPECT_EQ(read_all(harness_->reader(), 1, from->received_at + kTick),
              Records(from + 1, all.end()));
  }
}

TEST_P(TelemetryContract, WhoReadsMayEnd) {
  const auto begin = telemetry_begin();
  ASSERT_EQ(record_all(harness_->telemetry(), Records(3, telemetry_of(1, begin, "x"))), 0U);
  int seen = 0;
  const auto read =
      harness_->reader().read(VehicleId{{1, 7}}, begin, [&](const auto&) -> Result<void> {
        if (++seen == 2) return failure(std::errc::operation_canceled, "enough");
        return {};
      });
  EXPECT_EQ(seen, 2);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, std::errc::operation_canceled);
}

TEST_P(TelemetryContract, ItOutlivesTheProcess) {
  const auto begin = telemetry_begin();
  const auto before = telemetry_of(1, begin, "before"), after = telemetry_of(1, begin, "after");
  ASSERT_EQ(record_all(harness_->telemetry(), {before}), 0U);
  harness_->close();
  ASSERT_EQ(record_all(harness_->telemetry(), {after}), 0U);
  const auto found = read_all(harness_->reader(), 1, begin);
  EXPECT_EQ(found.size(), 2U);
}

}  // namespace
}  // namespace motorcade::contract
