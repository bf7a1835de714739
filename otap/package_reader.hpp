// Reads OTAP packages of both versions, with memory for the manifest, the chunk hashes of one image
// and one zstd window. In version 2 no byte of an image is handed out before both signatures held
// over the manifest, the package had exactly the size that the manifest gives, and the byte's chunk
// was found in the signed Merkle tree. In version 1 the whole package is read and every digest
// checked before the first byte. Either way the last bytes of an image come only when all of it has
// the SHA-256 of the manifest. Whoever installs calls verify() first, and reads then: each reading
// verifies again, so bytes that changed between are found.
#pragma once
#include <memory>

#include "otap/signed_part.hpp"
#include "otap/zstd.hpp"

namespace motorcade::otap {

/// One image, decompressed, from its first byte to its last.
class ImageReader {
 public:
  /// Where and how an image is stored; version 1 has no chunk hashes, but a pinned source.
  struct Place {
    SourcePtr source;
    Layout::Image offsets;
    std::uint32_t chunk_bytes = 0;
    bool has_leaves = false;
  };
  [[nodiscard]] static Result<ImageReader> open(EcuEntry entry, Place place, const Limits& limits);

  [[nodiscard]] const EcuEntry& entry() const { return entry_; }
  /// Fills `out` but for the image's end; 0 at the end. After an error every further call gives the
  /// same error, and `out` is zeroed. Errors: altered, truncated, bad_compression,
  /// window_too_large, io_failed.
  [[nodiscard]] Result<std::size_t> read(std::span<char> out);

 private:
  ImageReader(EcuEntry entry, Place place) : entry_(std::move(entry)), place_(std::move(place)) {}
  Result<void> load_leaves();
  Result<void> next_chunk();
  Result<std::size_t> fill(std::span<char> out);
  Result<std::size_t> step(std::span<char> out);
  Result<void> finish();
  [[nodiscard]] std::string_view unread() const { return std::string_view(chunk_).substr(used_); }
  [[nodiscard]] std::string where() const;

  EcuEntry entry_;
  Place place_;
  std::optional<zstd::Decompressor> decompressor_;  ///< none: stored as it is
  std::vector<digest::Sha256> leaves_;
  std::string chunk_;
  std::size_t used_ = 0;           ///< of chunk_
  std::uint64_t stored_read_ = 0;  ///< up to the end of chunk_
  std::uint64_t image_read_ = 0;
  digest::Sha256Stream hash_;
  bool finished_ = false;
  std::optional<Error> error_;
};

class PackageReader {
 public:
  /// Checks everything but the images (version 1: those too). Errors: bad_magic … io_failed; see
  /// Errc.
  [[nodiscard]] static Result<PackageReader> open(SourcePtr source, const Trust& trust,
                                                  const Limits& limits = {});
  [[nodiscard]] const PackageManifest& manifest() const { return manifest_; }
  /// The image of manifest().ecus[index]. Several may be open at once.
  [[nodiscard]] Result<ImageReader> image(std::size_t index) const;
  /// Reads every image to its end and throws it away.
  [[nodiscard]] Result<void> verify() const;

 private:
  SourcePtr source_;
  Limits limits_;
  PackageManifest manifest_;
  Layout layout_;
};

}  // namespace motorcade::otap
