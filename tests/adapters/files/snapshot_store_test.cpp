#include "adapters/files/snapshot_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "support/coroutine.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;
constexpr Partition kPartition{Stream::kVehicle, 3};
constexpr std::uint32_t kFold = 5;

ports::Snapshot snapshot(std::uint64_t sequence, std::uint32_t fold = kFold) {
  ports::Snapshot made;
  made.incarnation.bytes[3] = 9;
  made.partition = kPartition;
  made.sequence = {sequence};
  made.chain_hash.bytes[31] = static_cast<std::uint8_t>(sequence);
  made.fold_version = fold;
  made.state = "state at " + std::to_string(sequence) + std::string(500, '\0');
  return made;
}

class Snapshots : public testing::Test {
 protected:
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path()))
      if (entry.is_regular_file()) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }
  std::optional<std::uint64_t> newest(std::uint64_t at, std::uint32_t fold = kFold) {
    const auto found = testing_support::run(store_->newest(kPartition, fold, {at}));
    if (!found) return std::nullopt;
    return found->sequence.value;
  }
  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<SnapshotFiles> store_ = *SnapshotFiles::open({directory_.path(), 4});
};

TEST_F(Snapshots, OnlyTheNewestAreKept) {
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence)
    ASSERT_TRUE(store_->put(snapshot(sequence * 10)));
  EXPECT_EQ(files().size(), 4U);
  EXPECT_EQ(newest(75), 70U);
  EXPECT_EQ(newest(69), std::nullopt);
}

TEST_F(Snapshots, DamagedOnesArePassedOver) {
  ASSERT_TRUE(store_->put(snapshot(1)));
  ASSERT_TRUE(store_->put(snapshot(2)));
  const auto newer = files().back();
  const auto size = fs::file_size(newer);
  for (std::uintmax_t at = 0; at < size; at += 11) {
    ASSERT_TRUE(store_->put(snapshot(2)));
    {
      std::fstream file(newer, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(at));
      const auto byte = static_cast<char>(file.get() ^ 4);
      file.seekp(static_cast<std::streamoff>(at));
      file.put(byte);
    }
    ASSERT_EQ(newest(5), 1U) << at;
    fs::resize_file(newer, at);
    ASSERT_EQ(newest(5), 1U) << at;
  }
}

}  // namespace
}  // namespace motorcade::files
