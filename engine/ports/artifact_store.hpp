// Firmware images and packages, by their SHA-256. Nothing becomes visible under a digest that it
// does not have.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <memory>
#include <string_view>

#include "events/ids.hpp"
#include "events/result.hpp"
#include "events/vocabulary.hpp"

namespace motorcade::ports {

/// Streams one artifact in; gone without a trace unless finished.
class ArtifactWriter {
 public:
  virtual ~ArtifactWriter() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// Syncs and publishes it under its digest. Fails, and keeps nothing, if `expected` is given and
  /// differs.
  virtual Result<Artifact> finish(std::optional<Digest> expected) = 0;
  /// Where the bytes lie until then (for writers that need a file); and none other may be assumed.
  [[nodiscard]] virtual std::filesystem::path path() const = 0;
};

class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;
  virtual Result<std::unique_ptr<ArtifactWriter>> create() = 0;
  /// A file that holds exactly the artifact's bytes, for reading by range; an error if there is
  /// none.
  [[nodiscard]] virtual Result<std::filesystem::path> find(const Digest& digest) const = 0;
};

}  // namespace motorcade::ports
