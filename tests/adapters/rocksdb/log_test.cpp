// What only the embedded log promises: its lock, its followers, its backups, its disk's end.
#include "adapters/rocksdb/log.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "adapters/rocksdb/error.hpp"
#include "contract/rocksdb_harness.hpp"
#include "events/wire/records.hpp"
#include "support/coroutine.hpp"

namespace motorcade::rocks {
namespace {

using contract::RocksdbHarness;
using ports::Appended;
using testing_support::run;
using Envelopes = std::vector<std::string>;
constexpr Partition kPartition{Stream::kVehicle, 0};

Appended append(ports::PartitionWriter& writer, std::uint64_t next, Envelopes envelopes,
                Error* why = nullptr) {
  auto done = run(writer.append({next}, envelopes));
  if (why != nullptr) *why = done.error;
  return done.outcome;
}
std::unique_ptr<ports::PartitionWriter> take_over(Log& log) {
  return *run(log.take_over(kPartition));
}
std::size_t count(ports::EventLog& log) {
  const auto found = run(log.read(kPartition, {0}, 1 << 30));
  EXPECT_TRUE(found) << (found ? "" : to_string(found.error()));
  return found ? found->size() : 0;
}

TEST(RocksdbLog, IsOpenOnlyOnce) {
  RocksdbHarness harness;
  harness.log();
  const auto second = Log::open(harness.options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, LogErrc::kInUse) << to_string(second.error());
}

TEST(RocksdbLog, KeepsThePartitionsOfItsBirth) {
  RocksdbHarness harness;
  harness.log();
  harness.close();
  harness.options().counts = PartitionCounts{.vehicle = 4, .campaign = 2, .catalog = 1};
  const auto other = Log::open(harness.options());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, LogErrc::kOtherBirth);
  EXPECT_NE(other.error().context.find("vehicle 3, campaign 2, catalog 1"), std::string::npos);
  harness.options().counts = std::nullopt;
  EXPECT_EQ(harness.log().birth().counts, contract::kCounts);
}

TEST(RocksdbLog, IsNotBornWithoutPartitions) {
  RocksdbHarness harness;
  harness.options().counts = PartitionCounts{.vehicle = 4, .campaign = 0, .catalog = 1};
  EXPECT_FALSE(Log::open(harness.options()));
  harness.options().counts = contract::kCounts;
  EXPECT_TRUE(Log::open(harness.options())) << "nothing stands in the way of a second attempt";
}

/// Follows until `events` are there.
asio::awaitable<std::size_t> follow(ports::EventLog& follower, std::size_t events) {
  std::size_t seen = 0;
  while (seen < events) {
    const Sequence next{seen};
    co_await follower.wait_for_events(kPartition, next);
    const auto found = co_await follower.read(kPartition, next, 1000);
    if (!found) co_return seen;
    seen += found->size();
  }
  co_return seen;
}

TEST(RocksdbLog, IsFollowedWhileItIsWritten) {
  RocksdbHarness harness;
  harness.options().write_buffer_bytes = 64 << 10;
  auto writer = take_over(harness.log());
  ASSERT_EQ(append(*writer, 0, {"a", "b"}), Appended::kCommitted);
  const testing_support::TemporaryDirectory scratch;
  auto follower = open_secondary(harness.options().directory, scratch.path());
  ASSERT_TRUE(follower) << to_string(follower.error());
  EXPECT_EQ((*follower)->birth().incarnation, harness.log().birth().incarnation);
  EXPECT_EQ(run(follow(**follower, 2)), 2U);
  EXPECT_FALSE(run((*follower)->take_over(kPartition)));

  std::uint64_t next = 2;
  for (int round = 0; round < 40; ++round, next += 10)  // through several flushes
    ASSERT_EQ(append(*writer, next, Envelopes(10, std::string(2'000, 'x'))), Appended::kCommitted);
  EXPECT_EQ(run((*follower)->end(kPartition))->value, next);
  EXPECT_EQ(run(follow(**follower, next)), next);
}

TEST(RocksdbLog, IsFollowedThroughManyFlushesAndCompactions) {
  RocksdbHarness harness;
  harness.options().write_buffer_bytes = 64 << 10;
  auto writer = take_over(harness.log());
  constexpr std::uint64_t kAppends = 400, kEach = 5;
  std::thread writing([&] {
    for (std::uint64_t i = 0; i < kAppends; ++i)
      if (append(*writer, i * kEach, Envelopes(kEach, std::string(2'000, 'x'))) !=
          Appended::kCommitted)
        return;
  });
  const testing_support::TemporaryDirectory scratch;
  auto follower = open_secondary(harness.options().directory, scratch.path());
  EXPECT_TRUE(follower) << to_string(follower.error());
  const auto seen = follower ? run(follow(**follower, kAppends * kEach)) : 0;
  EXPECT_EQ(seen, kAppends * kEach);
  writing.join();
}

TEST(RocksdbLog, NobodyFollowsWhatIsNotThere) {
  const testing_support::TemporaryDirectory empty, scratch;
  const auto follower = open_secondary(empty.path() / "log", scratch.path());
  ASSERT_FALSE(follower);
  EXPECT_EQ(follower.error().code, LogErrc::kNoLog);
}

TEST(RocksdbLog, IsBackedUpWhileItIsWrittenAndRestoredUnderANewName) {
  RocksdbHarness harness;
  const testing_support::TemporaryDirectory place;
  const auto backup = place.path() / "backup", target = place.path() / "restored";
  auto writer = take_over(harness.log());
  ASSERT_EQ(append(*writer, 0, {"a", "b"}), Appended::kCommitted);
  ASSERT_TRUE(run(harness.log().send(kPartition, {"r0", "r1"})));
  ASSERT_TRUE(run(harness.log().trim(kPartition, {1})));
  ASSERT_TRUE(run(harness.log().checkpoint(backup)));
  ASSERT_EQ(append(*writer, 2, {"later"}), Appended::kCommitted);
  EXPECT_EQ(run(harness.log().checkpoint(backup)).error().code, LogErrc::kAlreadyThere);

  const auto birth = restore(backup, target);
  ASSERT_TRUE(birth) << to_string(birth.error());
  EXPECT_NE(birth->incarnation, harness.log().birth().incarnation);
  EXPECT_EQ(birth->counts, contract::kCounts);
  EXPECT_EQ(restore(backup, target).error().code, LogErrc::kAlreadyThere);
  EXPECT_EQ(restore(place.path() / "none", place.path() / "x").error().code, LogErrc::kNoLog);

  Options options;
  options.directory = target;
  options.min_free_bytes = 1 << 20;
  const auto restored = Log::open(options);
  ASSERT_TRUE(restored) << to_string(restored.error());
  EXPECT_EQ((*restored)->birth().incarnation, birth->incarnation);
  EXPECT_EQ(count(**restored), 2U);
  EXPECT_EQ(run((*restored)->read_inbox(kPartition, {0}, 10))->size(), 1U);
  EXPECT_EQ(append(*take_over(**restored), 2, {"c"}), Appended::kCommitted);
}

TEST(RocksdbLog, AMessageThatNobodyHadReadIsOfTheRestoredLogToo) {
  RocksdbHarness harness;
  const testing_support::TemporaryDirectory place;
  const InternalMessageId before{{Stream::kCampaign, 0}, {4}, 0},
      id{{Stream::kCampaign, 0}, {5}, 1};
  const InboxRecord record{.partition = kPartition,
                           .kind = RecordKind::kMessage,
                           .cause = MessageCause{harness.log().birth().incarnation, id, before},
                           .occurred_at = {},
                           .recorded_at = {},
                           .correlation = {},
                           .actor = "owner",
                           .content_type = ContentType::kProtobuf,
                           .subject = {},
                           .sealed_vin = {},
                           .body = "an order"};
  ASSERT_TRUE(run(harness.log().send(kPartition, {wire::encode_record(record), "no record"})));
  ASSERT_TRUE(run(harness.log().checkpoint(place.path() / "backup")));
  const auto birth = restore(place.path() / "backup", place.path() / "restored");
  ASSERT_TRUE(birth) << to_string(birth.error());

  Options options;
  options.directory = place.path() / "restored";
  options.min_free_bytes = 1 << 20;
  const auto restored = Log::open(options);
  ASSERT_TRUE(restored) << to_string(restored.error());
  const auto records = run((*restored)->read_inbox(kPartition, {0}, 10));
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->at(1).bytes, "no record");
  const auto read = wire::decode_record(records->at(0).bytes);
  ASSERT_TRUE(read) << to_string(read.error());
  // Its receiver, which knows nobody under the new name, takes it: no predecessor is missed.
  EXPECT_EQ(read->cause, Cause(MessageCause{birth->incarnation, id, std::nullopt}));
  EXPECT_EQ(read->body, record.body);
}

TEST(RocksdbLog, WithoutRoomItStopsBeforeItBreaksAndGoesOnByItself) {
  RocksdbHarness harness;
  auto writer = take_over(harness.log());
  ASSERT_EQ(append(*writer, 0, {"a"}), Appended::kCommitted);
  harness.file_system().set_free_bytes(1000);
  Error why;
  EXPECT_EQ(append(*writer, 1, {"b"}, &why), Appended::kAborted);
  EXPECT_EQ(why.code, LogErrc::kNoSpace) << to_string(why);
  EXPECT_EQ(run(harness.log().send(kPartition, {"r"})).error().code, LogErrc::kNoSpace);
  EXPECT_EQ(count(harness.log()), 1U) << "what is there can be read";
  harness.file_system().set_free_bytes(1 << 30);
  EXPECT_EQ(append(*writer, 1, {"b"}), Appended::kCommitted);
}

/// Appends until it fails, gives room, goes on: everything answered as committed is there, once.
TEST(RocksdbLog, AFullDiskLosesNothing) {
  RocksdbHarness harness;
  harness.options().write_buffer_bytes = 64 << 10;
  auto used = std::make_shared<std::uint64_t>(0);
  auto quota = std::make_shared<std::uint64_t>(250'000);
  harness.file_system().set_torn_bytes(700);
  harness.file_system().set_fault([=](testing_support::Operation operation, const std::string&) {
    if (operation != testing_support::Operation::kAppend) return ::rocksdb::IOStatus::OK();
    *used += 1000;
    return *used > *quota ? ::rocksdb::IOStatus::NoSpace("quota") : ::rocksdb::IOStatus::OK();
  });
  auto writer = take_over(harness.log());
  Envelopes expected;
  int refused = 0;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (expected.size() < 600 && std::chrono::steady_clock::now() < give_up) {
    if (!writer) {
      auto taken = run(harness.log().take_over(kPartition));
      if (!taken) {
        EXPECT_EQ(taken.error().code, LogErrc::kNoSpace) << to_string(taken.error());
        *quota = *used + 150'000;  // somebody frees some
        continue;
      }
      writer = *std::move(taken);
      const auto found = run(harness.log().read(kPartition, {expected.size()}, 1 << 20));
      ASSERT_TRUE(found);
      for (const auto& envelope : *found) expected.push_back(envelope.bytes);
    }
    const auto name = std::to_string(expected.size()) + std::string(1000, '.');
    const auto outcome = append(*writer, expected.size(), {name});
    if (outcome == Appended::kCommitted) {
      expected.push_back(name);
      continue;
    }
    ++refused;
    *quota = *used + 150'000;
    if (outcome != Appended::kAborted) writer.reset();
  }
  EXPECT_GE(refused, 2);
  writer.reset();
  harness.crash();
  const auto found = run(harness.log().read(kPartition, {0}, 1 << 30));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ((*found)[i].bytes, expected[i]);
}

TEST(RocksdbLog, RefusesMoreThanItMayQueue) {
  RocksdbHarness harness;
  harness.options().max_queued_bytes = 1000;
  harness.log();
  // The committing thread is held in a write until enough is queued.
  std::promise<void> go_on;
  harness.file_system().set_fault(
      [held = go_on.get_future().share()](testing_support::Operation, const std::string& path) {
        if (path.ends_with(".log")) held.wait();
        return ::rocksdb::IOStatus::OK();
      });
  asio::io_context io;
  int busy = 0, taken = 0;
  for (int i = 0; i < 10; ++i)
    asio::co_spawn(io, harness.log().send(kPartition, {std::string(400, 'x')}),
                   [&](std::exception_ptr, const Result<InboxPosition>& sent) {
                     sent ? ++taken : ++busy;
                     EXPECT_TRUE(sent || sent.error().code == LogErrc::kBusy);
                     if (busy == 5) go_on.set_value();
                   });
  io.run();
  EXPECT_GE(taken, 2);
  EXPECT_GE(busy, 5);
}

TEST(RocksdbLog, AWriterMayOutliveIt) {
  RocksdbHarness harness;
  auto writer = take_over(harness.log());
  harness.close();
  Error why;
  EXPECT_EQ(append(*writer, 0, {"x"}, &why), Appended::kAborted);
  EXPECT_EQ(why.code, LogErrc::kClosed);
}

}  // namespace
}  // namespace motorcade::rocks
