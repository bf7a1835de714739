#include "contract/snapshot_contract.hpp"

#include "support/coroutine.hpp"

namespace motorcade::contract {

ports::Snapshot SnapshotContract::snapshot(std::uint64_t sequence, std::uint32_t fold,
                                           std::size_t bytes) {
  ports::Snapshot made;
  made.incarnation = kSnapshotsOf;
  made.partition = kPartition;
  made.sequence = {sequence};
  made.chain_hash.bytes[31] = static_cast<std::uint8_t>(sequence);
  made.fold_version = fold;
  made.state = "state at " + std::to_string(sequence) + std::string(bytes, '\0') + "end";
  return made;
}

void SnapshotContract::put(const ports::Snapshot& snapshot) {
  const auto done = store_->put(snapshot);
  EXPECT_TRUE(done) << (done ? "" : to_string(done.error()));
  harness_->settle();
}

std::optional<ports::Snapshot> SnapshotContract::find(std::uint64_t at, std::uint32_t fold,
                                                      Partition partition) {
  return testing_support::run(store_->newest(partition, fold, {at}));
}

std::optional<std::uint64_t> SnapshotContract::newest(std::uint64_t at, std::uint32_t fold) {
  const auto found = find(at, fold);
  if (!found) return std::nullopt;
  return found->sequence.value;
}

TEST_P(SnapshotContract, ComeBackAsTheyWere) {
  for (const std::size_t bytes : {0, 1, 500, 100'000}) {
    const auto made = snapshot(bytes + 1, kFold, bytes);
    put(made);
    const auto found = find(bytes + 1);
    ASSERT_TRUE(found) << bytes;
    EXPECT_EQ(found->incarnation, made.incarnation);
    EXPECT_EQ(found->partition, made.partition);
    EXPECT_EQ(found->sequence, made.sequence);
    EXPECT_EQ(found->chain_hash, made.chain_hash);
    EXPECT_EQ(found->fold_version, made.fold_version);
    EXPECT_EQ(found->state, made.state);
  }
}

TEST_P(SnapshotContract, TheNewestNotAfterIsFound) {
  EXPECT_EQ(newest(1000), std::nullopt);
  for (const std::uint64_t sequence : {9, 10, 100}) put(snapshot(sequence));
  put(snapshot(50, kFold + 1));
  EXPECT_EQ(newest(1000), 100U);
  EXPECT_EQ(newest(99), 10U);
  EXPECT_EQ(newest(9), 9U);
  EXPECT_EQ(newest(8), std::nullopt);
  EXPECT_EQ(newest(99, kFold + 1), 50U);
  EXPECT_EQ(newest(99, kFold + 2), std::nullopt);
  EXPECT_FALSE(find(99, kFold, {Stream::kVehicle, 1}));
  EXPECT_FALSE(find(99, kFold, {Stream::kCampaign, 1}));
}

TEST_P(SnapshotContract, AnotherProcessFindsThemAndGoesOn) {
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) put(snapshot(sequence * 10));
  store_ = harness_->open();
  EXPECT_EQ(newest(1000), 30U);
  put(snapshot(40));
  put(snapshot(50));
  EXPECT_EQ(newest(1000), 50U);
  EXPECT_EQ(newest(39), 30U);
  EXPECT_EQ(newest(29), 20U);
}

TEST_P(SnapshotContract, WhatWasPutAgainIsThereOnce) {
  put(snapshot(7));
  put(snapshot(7));
  EXPECT_EQ(find(7)->state, snapshot(7).state);
}

}  // namespace motorcade::contract
