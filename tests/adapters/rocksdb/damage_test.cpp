// Flipped bits and lost files: reported, or harmless; never silently wrong, never a crash.
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/log.hpp"
#include "support/coroutine.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::rocks {
namespace {

namespace fs = std::filesystem;
using ports::Appended;
using testing_support::run;
using Content = std::vector<std::vector<std::string>>;
constexpr Partition kPartitions[]{
    {Stream::kVehicle, 0}, {Stream::kVehicle, 1}, {Stream::kCatalog, 0}};

/// All events and records, or the error.
Result<Content> read_all(Log& log) {
  Content content;
  for (const auto partition : kPartitions) {
    TRY(const auto events, run(log.read(partition, {0}, 1 << 30)));
    TRY(const auto records, run(log.read_inbox(partition, {0}, 1 << 20)));
    auto& events_of = content.emplace_back();
    for (const auto& event : events) events_of.push_back(event.bytes);
    auto& records_of = content.emplace_back();
    for (const auto& record : records) records_of.push_back(record.bytes);
  }
  return content;
}

TEST(LogErrors, SayToWhomDoesNotKnowThisLogWhatNoSecondTryMends) {
  EXPECT_TRUE(make_error_code(LogErrc::kDamaged) == std::errc::bad_message);
  EXPECT_TRUE(make_error_code(LogErrc::kNewerFormat) == std::errc::bad_message);
  EXPECT_TRUE(make_error_code(LogErrc::kNoPartition) == std::errc::invalid_argument);
  EXPECT_FALSE(make_error_code(LogErrc::kNoSpace) == std::errc::bad_message);
  EXPECT_FALSE(make_error_code(LogErrc::kClosed) == std::errc::invalid_argument);
}

class Damage : public testing::Test {
 protected:
  Damage() {
    options_.directory = place_.path() / "log";
    options_.min_free_bytes = 0;
    options_.compression = Compression::kNone;
    write_some(0);  // becomes tables when the log is opened again
    write_some(10);
    const auto log = Log::open(options_);
    write_into(**log, 20);  // stays in the write-ahead log
    content_ = *read_all(**log);
  }
  void write_some(std::uint64_t next) { write_into(**Log::open(options_), next); }
  static void write_into(Log& log, std::uint64_t next) {
    for (const auto partition : kPartitions) {
      auto writer = *run(log.take_over(partition));
      for (std::uint64_t i = 0; i < 5; ++i, next += 2) {
        const auto name = to_string(Position{partition, {next}});
        EXPECT_TRUE(run(log.send(partition, {"record " + name})));
        std::vector<std::string> envelopes{name + std::string(60, 'a'), name};
        EXPECT_EQ(run(writer->append({next}, envelopes)).outcome, Appended::kCommitted);
      }
      next -= 10;
    }
  }
  std::vector<fs::path> files(const std::string& like) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(options_.directory))
      if (entry.path().filename().string().find(like) != std::string::npos)
        found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }
  /// Opens a copy after `harm(copy of file)`: the error that is reported, or none and all is there.
  template <class Harm>
  std::optional<Error> after(const fs::path& file, Harm harm) {
    auto options = options_;
    options.directory = place_.path() / "copy";
    fs::copy(options_.directory, options.directory, fs::copy_options::recursive);
    harm(options.directory / file.filename());
    std::optional<Error> error;
    if (const auto log = Log::open(options)) {
      const auto content = read_all(**log);
      if (content)
        EXPECT_EQ(*content, content_) << "silently wrong: " << file;
      else
        error = content.error();
    } else {
      error = log.error();
    }
    fs::remove_all(options.directory);
    return error;
  }
  std::optional<Error> after_flip(const fs::path& file, std::uintmax_t at, int bit) {
    return after(file, [&](const fs::path& copy) {
      std::fstream bytes(copy, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekg(static_cast<std::streamoff>(at));
      const auto byte = static_cast<char>(bytes.get() ^ 1 << bit);
      bytes.seekp(static_cast<std::streamoff>(at));
      bytes.put(byte);
    });
  }

  testing_support::TemporaryDirectory place_{true};
  Options options_;
  Content content_;
};

TEST_F(Damage, EachFlippedBitOfTheWriteAheadLogIsReported) {
  const auto wal = files(".log").back();
  const auto size = fs::file_size(wal);
  ASSERT_GT(size, 2000U);
  std::mt19937 random(1);
  for (std::uintmax_t at = 0; at < size; at += 1 + random() % 9) {
    const auto bit = static_cast<int>(random() % 8);
    const auto error = after_flip(wal, at, bit);
    ASSERT_TRUE(error) << wal << ' ' << at << '.' << bit << " of " << size;
    EXPECT_EQ(error->code, LogErrc::kDamaged) << to_string(*error);
    EXPECT_NE(error->context.find(wal.filename().string()), std::string::npos) << error->context;
  }
}

TEST_F(Damage, AFlippedBitOfATableIsReportedOrHarmless) {
  std::mt19937 random(2);
  std::size_t flips = 0, reported = 0;
  for (const auto& table : files(".sst"))
    for (std::uintmax_t at = 0; at < fs::file_size(table); at += 1 + random() % 60, ++flips)
      if (after_flip(table, at, static_cast<int>(random() % 8))) ++reported;
  EXPECT_GT(flips, 100U);
  EXPECT_GT(reported, flips / 2);
  RecordProperty("reported", std::to_string(reported) + " of " + std::to_string(flips));
}

TEST_F(Damage, AFlippedBitOfTheManifestIsReportedOrHarmless) {
  std::mt19937 random(3);
  for (const auto& file : {files("MANIFEST").back(), files("CURRENT").back()})
    for (std::uintmax_t at = 0; at < fs::file_size(file); at += 1 + random() % 7)
      after_flip(file, at, static_cast<int>(random() % 8));
}

TEST_F(Damage, ALostFileIsReported) {
  for (const auto* like : {".sst", ".log", "MANIFEST", "CURRENT"})
    for (const auto& file : files(like)) {
      const auto error = after(file, [](const fs::path& copy) { fs::remove(copy); });
      EXPECT_TRUE(error || fs::file_size(file) == 0) << file;
    }
}

TEST_F(Damage, ALogCutInHalfIsReported) {
  for (const auto* like : {".sst", ".log", "MANIFEST"})
    for (const auto& file : files(like))
      EXPECT_TRUE(after(file, [](const fs::path& copy) {
        fs::resize_file(copy, fs::file_size(copy) / 2);
      })) << file;
}

TEST_F(Damage, AMissingBatchIsNamedAndNeverSkipped) {
  {
    const auto database = *Database::open(options_);
    const auto key = key_of(kPartitions[1], 14);
    ASSERT_TRUE(database->db().Delete({}, database->events(), key).ok());
  }
  const auto log = Log::open(options_);
  ASSERT_TRUE(log) << to_string(log.error());
  for (const std::uint64_t from : {0, 13, 14, 15}) {
    const auto found = run((*log)->read(kPartitions[1], {from}, 1 << 20));
    ASSERT_FALSE(found) << from;
    EXPECT_EQ(found.error().code, LogErrc::kDamaged);
    EXPECT_NE(found.error().context.find("vehicle/1@1"), std::string::npos);
  }
  EXPECT_TRUE(run((*log)->read(kPartitions[1], {16}, 1 << 20)));
}

TEST_F(Damage, FoundOnReadingNamesThePlace) {
  constexpr std::uint64_t kEvents = 200;
  auto options = options_;
  options.directory = place_.path() / "long";
  {
    const auto log = Log::open(options);
    auto writer = *run((*log)->take_over(kPartitions[0]));
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      std::vector<std::string> envelopes{"event " + std::to_string(i) + std::string(2'000, '.')};
      ASSERT_EQ(run(writer->append({i}, envelopes)).outcome, Appended::kCommitted);
    }
  }
  static_cast<void>(Log::open(options));  // moves all to a table
  for (const auto& entry : fs::directory_iterator(options.directory)) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (const auto at = bytes.find("event 77."); at != std::string::npos) {
      file.clear();
      file.seekp(static_cast<std::streamoff>(at));
      file.put('E');
    }
  }
  const auto log = Log::open(options);
  ASSERT_TRUE(log) << to_string(log.error());
  const auto all = run((*log)->read(kPartitions[0], {0}, 1 << 30));
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, LogErrc::kDamaged);
  EXPECT_NE(all.error().context.find("vehicle/0@"), std::string::npos) << all.error().context;
  EXPECT_NE(all.error().context.find(".sst"), std::string::npos) << all.error().context;
  const auto rest = run((*log)->read(kPartitions[0], {kEvents - 10}, 1 << 30));
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->size(), 10U);
}

}  // namespace
}  // namespace motorcade::rocks
