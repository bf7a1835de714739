// Checkpoints of consumers with effects, as files: DIRECTORY/CONSUMER-STREAM-NUMBER, the next
// sequence as text. Replaced as a whole, also by several processes; not synced: an older one
// repeats, and never skips.
#pragma once
#include <filesystem>

#include "engine/ports/checkpoint_store.hpp"

namespace motorcade::files {

class CheckpointFiles final : public ports::CheckpointStore {
 public:
  static Result<std::unique_ptr<CheckpointFiles>> open(std::filesystem::path directory);
  [[nodiscard]] Sequence load(std::string_view consumer, Partition partition) override;
  Result<void> store(std::string_view consumer, Partition partition, Sequence next) override;

 private:
  explicit CheckpointFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::filesystem::path path_of(std::string_view consumer, Partition partition) const;
  std::filesystem::path directory_;
};

}  // namespace motorcade::files
