// Writes OTAP packages, in two passes over the images and with memory for one chunk: the manifest,
// which comes first, names the stored sizes, so each image is compressed once to measure it and
// once to write it. The second pass must give the same chunks as the first, or the writing fails
// (`altered`): what is packed is what was signed.
#pragma once
#include <vector>

#include "otap/limits.hpp"
#include "otap/manifest.hpp"
#include "otap/signing.hpp"
#include "otap/source.hpp"
#include "otap/zstd.hpp"

namespace motorcade::otap {

struct ImageSpec {
  std::string ecu_id;
  std::string hardware_id;
  std::string from_version;
  std::string to_version;
  SourcePtr image;
  digest::Sha256 sha256{};  ///< known from the upload; the image must still have it
  Codec codec = Codec::zstd;
  std::vector<Dependency> dependencies;
};

struct PackageSpec {
  std::string zonal_gateway;
  std::vector<ImageSpec> images;
  std::uint32_t chunk_bytes = chunk_bytes_default;
  int zstd_level = zstd::default_level;
};

/// The artefact that was written.
struct Written {
  std::uint64_t bytes = 0;
  digest::Sha256 sha256{};
};

/// In steps, for a signer that is elsewhere: prepare, have to_sign() signed, write.
class PackageWriter {
 public:
  /// The first pass. Errors: invalid_spec, malformed, limit_exceeded, altered (another digest),
  /// io_failed.
  [[nodiscard]] static Result<PackageWriter> prepare(PackageSpec spec, const KeyId& signer,
                                                     const Limits& limits = {});
  [[nodiscard]] const PackageManifest& manifest() const { return manifest_; }
  [[nodiscard]] const std::string& to_sign() const { return signed_bytes_; }
  [[nodiscard]] std::uint64_t total_bytes() const { return layout_.total_bytes; }
  /// The second pass.
  [[nodiscard]] Result<Written> write(const Signatures& signatures, const Sink& sink) const;

 private:
  PackageSpec spec_;
  PackageManifest manifest_;
  std::vector<std::vector<digest::Sha256>> leaves_;  ///< per image, per stored chunk
  std::string signed_bytes_;
  Layout layout_;
};

/// Version 2, signed with keys at hand.
[[nodiscard]] Result<Written> write_package(PackageSpec spec, const SigningKeys& keys,
                                            const Sink& sink, const Limits& limits = {});
/// Version 1 (no signature): `hardware_id`, `dependencies` and `chunk_bytes` have no place in it.
/// Errors also: does_not_fit (an image of 4 GiB or more), ambiguous_image (stored as it is, yet it
/// looks compressed).
[[nodiscard]] Result<Written> write_package_v1(const PackageSpec& spec, const Sink& sink,
                                               const Limits& limits = {});

}  // namespace motorcade::otap
