// Raw telemetry in memory and in the embedded log under the contract, and how it expires there.
#include "adapters/memory/telemetry.hpp"
#include "adapters/rocksdb/telemetry.hpp"

#include <rocksdb/db.h>

#include "contract/rocksdb_harness.hpp"
#include "contract/telemetry_contract.hpp"
#include "support/coroutine.hpp"

namespace motorcade::contract {
namespace {

using testing_support::run;
constexpr auto kHour = std::chrono::hours(1);

Time wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

class MemoryTelemetry final : public TelemetryHarness {
 public:
  ports::Telemetry& telemetry() override { return telemetry_; }
  ports::TelemetryReader& reader() override { return telemetry_; }
  void close() override {}

 private:
  memory::Telemetry telemetry_{{.now = &wall_clock}};
};

class RocksdbTelemetry final : public TelemetryHarness {
 public:
  RocksdbTelemetry() {
    options().env = nullptr;  // readers use the real one
    options().now = [this] { return now.load(); };
  }
  ports::Telemetry& telemetry() override { return log(); }
  ports::TelemetryReader& reader() override {
    if (!reader_) reader_ = rocks::open_telemetry(options().directory, scratch_.path()).value();
    return *reader_;
  }
  void close() override { harness_.close(); }

  rocks::Log& log() { return harness_.log(); }
  rocks::Options& options() { return harness_.options(); }
  std::atomic<Time> now = wall_clock();  ///< also read by the thread that commits

 private:
  testing_support::TemporaryDirectory scratch_{true};
  RocksdbHarness harness_;
  std::unique_ptr<ports::TelemetryReader> reader_;
};

INSTANTIATE_TEST_SUITE_P(Memory, TelemetryContract,
                         testing::Values([] { return std::make_unique<MemoryTelemetry>(); }),
                         [](const auto&) { return "telemetry"; });
INSTANTIATE_TEST_SUITE_P(Rocksdb, TelemetryContract,
                         testing::Values([] { return std::make_unique<RocksdbTelemetry>(); }),
                         [](const auto&) { return "telemetry"; });

/// A record in each hour of the time that is kept, and of the one before.
std::vector<ports::TelemetryRecord> of_each_hour(Time now) {
  std::vector<ports::TelemetryRecord> records;
  for (int hour = 0; hour < 6; ++hour)
    records.push_back(telemetry_of(1, now - (5 - hour) * kHour, std::to_string(hour)));
  return records;
}

TEST(RocksdbTelemetry, ExpiresHourByHourWhileItIsUsed) {
  RocksdbTelemetry it;
  it.options().telemetry_kept = 3 * kHour;
  it.now = telemetry_begin() + std::chrono::minutes(5);
  const auto begin = it.now.load() - 24 * kHour;
  (void)it.log();  // looked for what has expired, and found nothing
  ASSERT_EQ(record_all(it.telemetry(), of_each_hour(it.now)), 0U);
  ASSERT_EQ(read_all(it.reader(), 1, begin).size(), 6U);
  it.now = it.now.load() + std::chrono::minutes(11);
  ASSERT_EQ(record_all(it.telemetry(), {telemetry_of(2, it.now, "x")}), 0U);
  // The record that was written last is answered before what has expired goes.
  ASSERT_EQ(record_all(it.telemetry(), {telemetry_of(2, it.now, "y")}), 0U);
  const auto found = read_all(it.reader(), 1, begin);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found.front().body, "2");
}

TEST(RocksdbTelemetry, ExpiresAtTheStart) {
  RocksdbTelemetry it;
  it.now = telemetry_begin();
  const auto begin = it.now.load() - 24 * kHour;
  ASSERT_EQ(record_all(it.telemetry(), of_each_hour(it.now)), 0U);
  it.close();
  it.now = it.now.load() + 30 * 24 * kHour;
  (void)it.log();
  EXPECT_TRUE(read_all(it.reader(), 1, begin).empty());
  ASSERT_EQ(record_all(it.telemetry(), {telemetry_of(1, it.now, "new")}), 0U);
  EXPECT_EQ(read_all(it.reader(), 1, begin).size(), 1U);
}

/// As a build made it that knew of no telemetry.
void drop_telemetry(const rocks::Options& options) {
  std::vector<::rocksdb::ColumnFamilyDescriptor> families;
  std::vector<std::string> names;
  const auto directory = options.directory.string();
  ASSERT_TRUE(::rocksdb::DB::ListColumnFamilies({}, directory, &names).ok());
  for (const auto& name : names) families.emplace_back(name, ::rocksdb::ColumnFamilyOptions());
  std::vector<::rocksdb::ColumnFamilyHandle*> handles;
  ::rocksdb::DB* db = nullptr;
  ASSERT_TRUE(::rocksdb::DB::Open({}, directory, families, &handles, &db).ok());
  for (auto* handle : handles) {
    const bool drop = handle->GetName() == "telemetry";
    ASSERT_TRUE(!drop || db->DropColumnFamily(handle).ok());
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
  }
  delete db;
}

TEST(RocksdbTelemetry, ALogThatWasMadeWithoutItGetsIt) {
  RocksdbTelemetry it;
  const auto birth = it.log().birth();
  const Partition partition{Stream::kVehicle, 1};
  ASSERT_TRUE(run(it.log().send(partition, {"a record"})));
  it.close();
  drop_telemetry(it.options());
  EXPECT_TRUE(read_all(it.reader(), 1, telemetry_begin()).empty()) << "read as it is";
  EXPECT_EQ(it.log().birth().incarnation, birth.incarnation);
  EXPECT_EQ(run(it.log().read_inbox(partition, {0}, 10))->size(), 1U);
  ASSERT_EQ(record_all(it.telemetry(), {telemetry_of(1, telemetry_begin(), "x")}), 0U);
}

TEST(RocksdbTelemetry, GivesWayToWhatTheLogIsFor) {
  RocksdbHarness harness;
  harness.options().max_queued_bytes = 1 << 20;
  auto& log = harness.log();
  const Partition partition{Stream::kVehicle, 1};
  const std::vector<ports::TelemetryRecord> flood(
      64, telemetry_of(1, telemetry_begin(), std::string(64 << 10, 'x')));
  harness.file_system().set_fault([](auto operation, const auto&) {
    if (operation == testing_support::Operation::kAppend) ::usleep(20'000);  // a slow disk
    return ::rocksdb::IOStatus::OK();
  });
  EXPECT_GT(record_all(log, flood), 0U);
  for (const auto& record : flood) log.record(record, [](const auto&) {});
  EXPECT_TRUE(run(log.send(partition, {"a report"})));
  harness.heal();
}

TEST(RocksdbTelemetry, LeavesTheLastRoomToTheLog) {
  RocksdbHarness harness;
  auto& log = harness.log();
  const auto record = telemetry_of(1, telemetry_begin(), "x");
  const auto least = harness.options().min_free_bytes;
  harness.file_system().set_free_bytes(4 * least - 1);
  EXPECT_EQ(record_all(log, {record}), 1U);
  EXPECT_TRUE(run(log.send({Stream::kVehicle, 1}, {"a report"})));
  harness.file_system().set_free_bytes(4 * least);
  EXPECT_EQ(record_all(log, {record}), 0U);
}

TEST(RocksdbTelemetry, WhatIsTooLargeOrCannotBeWrittenIsLostAndTheLogGoesOn) {
  RocksdbHarness harness;
  harness.options().max_record_bytes = 1000;
  auto& log = harness.log();
  const auto small = telemetry_of(1, telemetry_begin(), "x");
  EXPECT_EQ(record_all(log, {telemetry_of(1, telemetry_begin(), std::string(1001, 'x')), small}),
            1U);
  harness.inject("writes fail");
  EXPECT_EQ(record_all(log, {small}), 1U);
  harness.heal();
  const auto partition = Partition{Stream::kVehicle, 1};
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!run(log.send(partition, {"a report"})))  // it is reopened at the next attempt
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  EXPECT_EQ(record_all(log, {small}), 0U);
}

}  // namespace
}  // namespace motorcade::contract
