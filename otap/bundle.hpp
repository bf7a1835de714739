// The vehicle bundle (OTAB): the packages of one vehicle configuration's zones as one signed
// download. Its manifest gives each package's place and SHA-256, so that every zone gets its
// bounded part, also of a package of version 1.
#pragma once
#include <vector>

#include "otap/package_reader.hpp"
#include "otap/package_writer.hpp"

namespace motorcade::otap {

struct BundleZone {
  std::string zonal_gateway;
  std::uint64_t offset = 0;  ///< from the bundle's first byte
  std::uint64_t bytes = 0;
  digest::Sha256 sha256{};
  bool operator==(const BundleZone&) const = default;
};

struct BundleManifest {
  std::uint16_t version = bundle_version;
  std::string id;  ///< names the vehicle configuration; may be empty
  KeyId signer{};
  std::uint64_t total_bytes = 0;
  std::vector<BundleZone> zones;
  bool operator==(const BundleManifest&) const = default;
};

/// Errors: malformed, limit_exceeded.
[[nodiscard]] Result<BundleManifest> decode_bundle_manifest(const SignedPart& part,
                                                            const Limits& limits);

struct PackageInBundle {
  std::string zonal_gateway;
  SourcePtr package;
  digest::Sha256 sha256{};  ///< as it was written; it must still have it
};

struct BundleSpec {
  std::string id;
  std::vector<PackageInBundle> packages;
};

/// Errors: malformed, limit_exceeded, does_not_fit, altered, io_failed.
[[nodiscard]] Result<Written> write_bundle(const BundleSpec& spec, const SigningKeys& keys,
                                           const Sink& sink, const Limits& limits = {});

class BundleReader {
 public:
  /// Checks signatures, manifest and total size; the packages are not read. Errors: bad_magic …
  /// io_failed; see Errc.
  [[nodiscard]] static Result<BundleReader> open(SourcePtr source, const Trust& trust,
                                                 const Limits& limits = {});
  [[nodiscard]] const BundleManifest& manifest() const { return manifest_; }
  /// The bytes of one zone's package: read once through and found to have the signed digest, and
  /// verified again wherever they are read later.
  [[nodiscard]] Result<SourcePtr> package_source(std::size_t index) const;
  /// The same, opened; it must be for the zone that the bundle says. A package of version 1 is
  /// accepted: the bundle signs its digest.
  [[nodiscard]] Result<PackageReader> package(std::size_t index) const;
  /// Reads every package and every image in it.
  [[nodiscard]] Result<void> verify() const;

 private:
  SourcePtr source_;
  Trust trust_;
  Limits limits_;
  BundleManifest manifest_;
};

}  // namespace motorcade::otap
