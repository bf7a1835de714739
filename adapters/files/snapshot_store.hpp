// Snapshots as files: DIRECTORY/vehicle-0/SEQUENCE-FOLD.snapshot, each with the SHA-256 of all its
// bytes. The newest `keep` of each partition stay. Used by the executor that owns the partition.
#pragma once
#include <filesystem>
#include <memory>

#include "engine/ports/snapshot_store.hpp"

namespace motorcade::files {

struct SnapshotOptions {
  std::filesystem::path directory;
  /// A takeover wants one that is not newer than the last `reacted_through`: keep more if reacting
  /// may lag by several snapshots. (If none is old enough, the fold begins at the first event.)
  std::size_t keep = 4;
};

class SnapshotFiles final : public ports::SnapshotStore {
 public:
  static Result<std::unique_ptr<SnapshotFiles>> open(SnapshotOptions options);
  Result<void> put(const ports::Snapshot& snapshot) override;
  boost::asio::awaitable<std::optional<ports::Snapshot>> newest(Partition partition,
                                                                std::uint32_t fold_version,
                                                                Sequence at) override;

 private:
  explicit SnapshotFiles(SnapshotOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::filesystem::path directory_of(Partition partition) const;
  SnapshotOptions options_;
};

}  // namespace motorcade::files
