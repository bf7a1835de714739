// One flipped bit in the file of keys: refused, or harmless. A key that is lost erases a vehicle.
#include "adapters/files/key_journal.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "adapters/files/error.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;

class Journal : public testing::Test {
 protected:
  static KeyRecord record(std::uint8_t n, std::size_t sealed_bytes) {
    KeyRecord made{KeyRecord::Kind::kKey, {}, n, std::string(sealed_bytes, static_cast<char>(n))};
    made.vehicle.bytes[0] = n;
    return made;
  }
  void write(const std::string& bytes) {
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    out << bytes;
  }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  testing_support::TemporaryDirectory place_;
  fs::path path_ = place_.path() / "keys";
};

TEST_F(Journal, EveryFlippedBitIsRefused) {
  std::vector<KeyRecord> records;
  for (std::uint8_t n = 1; n <= 12; ++n) records.push_back(record(n, n % 2 == 0 ? 60 : 45));
  ASSERT_TRUE(KeyJournal(path_).rewrite(records));
  const auto whole = bytes();
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    auto altered = whole;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    write(altered);
    const auto loaded = KeyJournal(path_).load(true);
    ASSERT_FALSE(loaded) << "bit " << bit << ": " << loaded->size() << " records are left";
    ASSERT_EQ(loaded.error().code, FileErrc::kDamaged);
    ASSERT_EQ(bytes(), altered) << "it was written to";
  }
}

TEST_F(Journal, AnAppendThatWasCutOffIsDropped) {
  KeyJournal journal(path_);
  ASSERT_TRUE(journal.load(true));
  const auto first = record(1, 60);
  ASSERT_TRUE(journal.append({&first, 1}));
  const auto before = bytes();
  const std::vector<KeyRecord> both{record(2, 60), record(2, 45)};
  ASSERT_TRUE(journal.append(both));
  const auto whole = bytes();
  for (auto size = before.size(); size < whole.size(); ++size) {
    write(whole.substr(0, size));
    const auto loaded = KeyJournal(path_).load(true);
    ASSERT_TRUE(loaded) << size << ": " << to_string(loaded.error());
    EXPECT_EQ(loaded->size(), size < before.size() + 93 ? 1u : 2u) << size;
  }
}

TEST_F(Journal, WhatIsTooLongIsNotWritten) {
  KeyJournal journal(path_);
  ASSERT_TRUE(journal.load(true));
  const auto before = bytes();
  const auto longest = record(1, kMaxSealedBytes), longer = record(2, kMaxSealedBytes + 1);
  EXPECT_EQ(journal.append({&longer, 1}).error().code, std::errc::message_size);
  EXPECT_EQ(bytes(), before);
  ASSERT_TRUE(journal.append({&longest, 1}));
  EXPECT_EQ(KeyJournal(path_).load(false)->size(), 1u);
}

}  // namespace
}  // namespace motorcade::files
