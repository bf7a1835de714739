// Power cuts: everything answered as committed is there afterwards; and a build that never syncs
// fails that test.
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "adapters/rocksdb/error.hpp"
#include "contract/rocksdb_harness.hpp"
#include "support/coroutine.hpp"

namespace motorcade::rocks {
namespace {

namespace fs = std::filesystem;
using contract::RocksdbHarness;
using ports::Appended;
using testing_support::run;
using Envelopes = std::vector<std::string>;
constexpr Partition kOnlyPartition{Stream::kVehicle, 0};

Envelopes read_all(ports::EventLog& log) {
  Envelopes all;
  const auto found = run(log.read(kOnlyPartition, {0}, 1 << 30));
  EXPECT_TRUE(found) << (found ? "" : to_string(found.error()));
  if (found)
    for (const auto& envelope : *found) all.push_back(envelope.bytes);
  return all;
}

/// Appends in rounds with a power cut after each; answers how many committed envelopes were lost.
std::size_t lost_in_power_cuts(RocksdbHarness& harness, unsigned seed) {
  std::mt19937 random(seed);
  Envelopes committed;
  std::size_t lost = 0;
  for (int round = 0; round < 6; ++round) {
    auto writer = *run(harness.log().take_over(kOnlyPartition));
    for (unsigned i = random() % 8; i < 8; ++i) {
      EXPECT_TRUE(run(harness.log().send(kOnlyPartition, {std::string(random() % 5000, 'r')})));
      Envelopes envelopes(1 + random() % 20, std::to_string(random()) + std::string(300, '.'));
      const auto sent = envelopes;
      const auto done = run(writer->append({committed.size()}, envelopes));
      EXPECT_EQ(done.outcome, Appended::kCommitted);
      committed.insert(committed.end(), sent.begin(), sent.end());
    }
    writer.reset();
    harness.crash_keeping(harness.options().sync && round % 2 == 1);
    const auto found = read_all(harness.log());
    EXPECT_LE(found.size(), committed.size());
    EXPECT_TRUE(std::equal(found.begin(), found.end(), committed.begin()));
    lost += committed.size() - found.size();
    committed = found;
  }
  return lost;
}

TEST(PowerCut, LosesNothingThatWasCommitted) {
  for (unsigned seed = 0; seed < 4; ++seed) {
    RocksdbHarness harness;
    if (seed % 2 == 1) harness.options().write_buffer_bytes = 64 << 10;  // flushes in between
    EXPECT_EQ(lost_in_power_cuts(harness, seed), 0U) << "seed " << seed;
  }
}

TEST(PowerCut, IsSeenToLoseIfNothingIsSynced) {
  RocksdbHarness harness(false);
  harness.log();
  harness.close();
  EXPECT_GT(lost_in_power_cuts(harness, 0), 0U);
}

TEST(PowerCut, ThatLosesWhatWasCommittedIsReported) {
  RocksdbHarness harness(false);
  harness.log();
  harness.close();
  auto writer = *run(harness.log().take_over(kOnlyPartition));
  Envelopes envelopes{"never synced"};
  ASSERT_EQ(run(writer->append({0}, envelopes)).outcome, Appended::kCommitted);
  harness.crash_keeping(true);
  const auto opened = Log::open(harness.options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, LogErrc::kDamaged);
  EXPECT_NE(opened.error().context.find("vehicle/0"), std::string::npos);
}

/// Cuts the power at the n-th write or sync, for each n.
TEST(PowerCut, AtEveryWriteLeavesAPrefix) {
  for (int at = 0; at < 60; at += 1 + at / 20) {
    SCOPED_TRACE(at);
    RocksdbHarness harness;
    harness.options().write_buffer_bytes = 64 << 10;
    auto writer = *run(harness.log().take_over(kOnlyPartition));
    auto left = std::make_shared<std::atomic<int>>(at);
    harness.file_system().set_torn_bytes(static_cast<std::size_t>(at) * 37);
    harness.file_system().set_fault(
        [left, &system = harness.file_system()](auto, const std::string& path) {
          if (path.ends_with("/LOG") || (*left)-- > 0) return ::rocksdb::IOStatus::OK();
          return ::rocksdb::IOStatus::IOError("the power goes");
        });
    Envelopes committed, uncertain;
    for (int i = 0; i < 12; ++i) {
      Envelopes envelopes(8, std::to_string(i) + std::string(1000, '.'));
      uncertain = envelopes;
      const auto done = run(writer->append({committed.size()}, envelopes));
      if (done.outcome != Appended::kCommitted) break;
      committed.insert(committed.end(), uncertain.begin(), uncertain.end());
      uncertain.clear();
    }
    writer.reset();
    harness.file_system().cut_power();
    harness.file_system().set_fault({});
    harness.crash();
    const auto found = read_all(harness.log());
    ASSERT_GE(found.size(), committed.size());
    ASSERT_LE(found.size(), committed.size() + uncertain.size());
    EXPECT_TRUE(std::equal(committed.begin(), committed.end(), found.begin()));
  }
}

fs::path newest_wal(const fs::path& directory) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".log") newest = std::max(newest, entry.path());
  return newest;
}

/// The write-ahead log cut at every byte of its last group: the groups before it are there.
TEST(TornTail, IsDroppedWhereverItIsTorn) {
  testing_support::TemporaryDirectory place(true);
  Options options;
  options.directory = place.path() / "log";
  options.min_free_bytes = 0;
  std::uintmax_t before = 0;
  {
    auto log = *Log::open(options);
    auto writer = *run(log->take_over(kOnlyPartition));
    Envelopes envelopes{"first", "second"};
    ASSERT_EQ(run(writer->append({0}, envelopes)).outcome, Appended::kCommitted);
    before = fs::file_size(newest_wal(options.directory));
    envelopes = {std::string(150, 'x'), "last"};
    ASSERT_EQ(run(writer->append({2}, envelopes)).outcome, Appended::kCommitted);
  }
  const auto whole = fs::file_size(newest_wal(options.directory));
  ASSERT_GT(whole, before + 150);
  for (auto size = before; size <= whole; ++size) {
    const auto copy = place.path() / "copy";
    fs::copy(options.directory, copy, fs::copy_options::recursive);
    fs::resize_file(newest_wal(copy), size);
    fs::remove(copy / "HEADS");  // as if nothing after the first group had been answered
    {
      auto cut = options;
      cut.directory = copy;
      const auto log = Log::open(cut);
      ASSERT_TRUE(log) << size << ": " << to_string(log.error());
      EXPECT_EQ(read_all(**log).size(), size == whole ? 4U : 2U) << size;
    }
    fs::remove_all(copy);
  }
}

}  // namespace
}  // namespace motorcade::rocks
