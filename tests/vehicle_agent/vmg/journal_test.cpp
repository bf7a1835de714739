// The journal keeps what it acknowledged, forgives a torn tail, and refuses damage.
#include "vehicle_agent/vmg/journal.hpp"

#include <gtest/gtest.h>

#include "vehicle_agent/vmg/scratch.hpp"

namespace motorcade::vmg {
namespace {
using test::read_file;
using test::Scratch;
using test::write_file;
using Records = std::vector<std::string>;

Result<Records> records_of(const std::filesystem::path& path) {
  Records records;
  auto journal = Journal::open(path, {}, records);
  if (!journal) return tl::unexpected(journal.error());
  return records;
}
void write_records(const std::filesystem::path& path, const Records& records) {
  Records none;
  auto journal = Journal::open(path, {}, none);
  ASSERT_TRUE(journal) << to_string(journal.error());
  for (const auto& record : records) ASSERT_TRUE(journal->append(record));
}
const Records kRecords{"first", std::string(300, 'x'), std::string("\0\0\0\5zeros", 10),
                       "last one"};

TEST(Journal, GivesBackWhatWasAppended) {
  const Scratch scratch;
  EXPECT_EQ(records_of(scratch / "journal"), Records{});
  write_records(scratch / "journal", kRecords);
  EXPECT_EQ(records_of(scratch / "journal"), kRecords);
  write_records(scratch / "journal", {"more"});
  EXPECT_EQ(records_of(scratch / "journal")->back(), "more");
}

TEST(Journal, CutsATornTailOffWhereverItWasTorn) {
  const Scratch scratch;
  write_records(scratch / "journal", kRecords);
  const auto whole = read_file(scratch / "journal");
  const auto last = whole.size() - 12 - kRecords.back().size();
  for (std::size_t size = last; size < whole.size(); ++size) {
    for (const auto& tail : {std::string(), std::string(whole.size() - size, '\0')}) {
      write_file(scratch / "torn", whole.substr(0, size) + tail);
      const auto records = records_of(scratch / "torn");
      ASSERT_TRUE(records) << size << ": " << to_string(records.error());
      ASSERT_EQ(records->size(), kRecords.size() - 1);
      write_records(scratch / "torn", {"after"});
      ASSERT_EQ(records_of(scratch / "torn")->back(), "after");
    }
  }
}

TEST(Journal, RefusesAnyFlippedBitBeforeTheLastRecord) {
  const Scratch scratch;
  write_records(scratch / "journal", kRecords);
  const auto whole = read_file(scratch / "journal");
  const auto last = whole.size() - 12 - kRecords.back().size();
  for (std::size_t at = 0; at < last; ++at) {
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    write_file(scratch / "flipped", flipped);
    const auto records = records_of(scratch / "flipped");
    ASSERT_FALSE(records) << "byte " << at;
    ASSERT_EQ(records.error().code, Errc::kJournalDamaged) << "byte " << at;
    ASSERT_EQ(read_file(scratch / "flipped"), flipped) << "it was changed";
  }
}

TEST(Journal, AFileThatIsNoJournalIsRefused) {
  const Scratch scratch;
  write_file(scratch / "journal", "a letter to my aunt");
  EXPECT_FALSE(records_of(scratch / "journal"));
  write_file(scratch / "journal", "aunt");
  EXPECT_FALSE(records_of(scratch / "journal"));
  write_file(scratch / "journal", "MCVM");  // torn when it was made
  EXPECT_EQ(records_of(scratch / "journal"), Records{});
}

TEST(Journal, IsHeldByOneAgent) {
  const Scratch scratch;
  Records records;
  const auto journal = Journal::open(scratch / "journal", {}, records);
  const auto second = Journal::open(scratch / "journal", {}, records);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kStorage);
}

TEST(Journal, CompactsToTheSnapshotAndGoesOn) {
  const Scratch scratch;
  Records records;
  {
    auto journal = Journal::open(scratch / "journal", {true, 1000}, records);
    ASSERT_TRUE(journal);
    EXPECT_FALSE(journal->wants_compaction());
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(journal->append(std::string(20, 'a')));
    EXPECT_TRUE(journal->wants_compaction());
    ASSERT_TRUE(journal->compact("all of it"));
    EXPECT_FALSE(journal->wants_compaction());
    ASSERT_TRUE(journal->append("next"));
    EXPECT_FALSE(Journal::open(scratch / "journal", {}, records)) << "the lock moved along";
  }
  EXPECT_EQ(records_of(scratch / "journal"), (Records{"all of it", "next"}));
}

}  // namespace
}  // namespace motorcade::vmg
