// An image in the form in which it is stored: as it is, or as one zstd frame; handed out chunk by
// chunk.
#pragma once
#include "otap/package_writer.hpp"

namespace motorcade::otap {

struct StoredSizes {
  std::uint64_t stored_bytes = 0;
  std::uint64_t image_bytes = 0;
};

/// Gives `on_chunk` the stored form in chunks of `chunk_bytes` (the last may be short), and fails
/// with `altered` at the end when the image did not have spec.sha256. Two calls on an unchanged
/// image give the same chunks.
[[nodiscard]] Result<StoredSizes> store_image(const ImageSpec& spec, std::uint32_t chunk_bytes,
                                              int zstd_level, const Sink& on_chunk);

/// Counts and hashes what goes to `sink`.
class MeasuredSink {
 public:
  explicit MeasuredSink(const Sink& sink) : sink_(sink) {}
  [[nodiscard]] Result<void> write(std::string_view bytes) {
    hash_.update(bytes);
    bytes_ += bytes.size();
    return sink_(bytes);
  }
  [[nodiscard]] Written finish() { return {bytes_, hash_.finish()}; }

 private:
  const Sink& sink_;
  digest::Sha256Stream hash_;
  std::uint64_t bytes_ = 0;
};

}  // namespace motorcade::otap
