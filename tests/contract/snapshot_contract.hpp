// The contract of engine/ports/snapshot_store.hpp, for any store:
//   INSTANTIATE_TEST_SUITE_P(Files, SnapshotContract, testing::Values(&make_snapshot_files));
#pragma once
#include <gtest/gtest.h>

#include "engine/ports/snapshot_store.hpp"

namespace motorcade::contract {

inline constexpr Incarnation kSnapshotsOf{{1, 2, 3}};

/// A place that outlives the processes that keep snapshots there.
class SnapshotHarness {
 public:
  virtual ~SnapshotHarness() = default;
  /// Another process on it, beside those there are. Of a log with the counts of log_harness.hpp and
  /// the incarnation above.
  virtual std::unique_ptr<ports::SnapshotStore> open() = 0;
  /// What was put so far is there for all.
  virtual void settle() {}
};
using MakeSnapshotHarness = std::function<std::unique_ptr<SnapshotHarness>()>;

class SnapshotContract : public testing::TestWithParam<MakeSnapshotHarness> {
 protected:
  static constexpr Partition kPartition{Stream::kVehicle, 2};
  static constexpr std::uint32_t kFold = 5;

  static ports::Snapshot snapshot(std::uint64_t sequence, std::uint32_t fold = kFold,
                                  std::size_t bytes = 500);
  void put(const ports::Snapshot& snapshot);
  std::optional<ports::Snapshot> find(std::uint64_t at, std::uint32_t fold = kFold,
                                      Partition partition = kPartition);
  /// Its sequence.
  std::optional<std::uint64_t> newest(std::uint64_t at, std::uint32_t fold = kFold);

  std::unique_ptr<SnapshotHarness> harness_ = GetParam()();
  std::unique_ptr<ports::SnapshotStore> store_ = harness_->open();
};

}  // namespace motorcade::contract
