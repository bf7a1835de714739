// Artifacts as files: DIRECTORY/ab/cd/abcd….  Half-written ones lie in DIRECTORY/incoming; those of
// a process that is gone are removed at the next start of any. Thread-safe; several processes may
// write.
#pragma once
#include "engine/ports/artifact_store.hpp"

namespace motorcade::files {

class ArtifactFiles final : public ports::ArtifactStore {
 public:
  static Result<std::unique_ptr<ArtifactFiles>> open(std::filesystem::path directory);
  Result<std::unique_ptr<ports::ArtifactWriter>> create() override;
  [[nodiscard]] Result<std::filesystem::path> find(const Digest& digest) const override;

 private:
  explicit ArtifactFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  std::filesystem::path directory_;
};

}  // namespace motorcade::files
