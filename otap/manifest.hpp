// What a package says about itself, and its bytes: header and manifest of OTAP version 2
// (docs/otap.md). The signatures cover exactly encode()'s bytes, from the magic to the manifest's
// last byte.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "digest/digest.hpp"
#include "otap/error.hpp"
#include "otap/keys.hpp"
#include "otap/limits.hpp"

namespace motorcade::otap {

enum class Codec : std::uint8_t {
  none = 0,
  zstd = 1,
  zstd_patch_from = 2,  ///< reserved: neither written nor read yet
};
[[nodiscard]] std::string_view to_string(Codec codec);

/// Another ECU of the vehicle must run at least this version before.
struct Dependency {
  std::string ecu_id;
  std::string min_version;
  bool operator==(const Dependency&) const = default;
};

struct EcuEntry {
  std::string ecu_id;
  std::string hardware_id;   ///< may be empty: any; always in version 1
  std::string from_version;  ///< may be empty: unknown
  std::string to_version;
  Codec codec = Codec::none;
  std::uint64_t stored_bytes = 0;
  std::uint64_t image_bytes = 0;
  digest::Sha256 delta_base{};  ///< zero: none
  digest::Sha256 image_sha256{};
  digest::Sha256 merkle_root{};  ///< over the stored chunks; zero in version 1
  std::vector<Dependency> dependencies;
  bool operator==(const EcuEntry&) const = default;
};

struct PackageManifest {
  std::uint16_t version = 2;
  std::string zonal_gateway;
  KeyId signer{};                 ///< zero in version 1
  std::uint32_t chunk_bytes = 0;  ///< 0 in version 1
  std::vector<EcuEntry> ecus;
  bool operator==(const PackageManifest&) const = default;
};

inline constexpr std::string_view package_magic = "OTAP";
inline constexpr std::string_view bundle_magic = "OTAB";
inline constexpr std::uint16_t package_version = 2;
inline constexpr std::uint16_t bundle_version = 1;
inline constexpr std::uint32_t chunk_bytes_min = 1024;
inline constexpr std::uint32_t chunk_bytes_default = 64 * 1024;

/// The beginning that OTAP 1, OTAP 2 and OTAB share.
struct Header {
  std::string magic;
  std::uint16_t version = 0;
  std::uint16_t count = 0;
  std::string name;
  std::string reserved = std::string(16, '\0');
};
inline constexpr std::size_t header_bytes_min = 25;
[[nodiscard]] std::string encode(const Header& header);

/// Header, u32 size of the manifest, manifest. The manifest was checked.
[[nodiscard]] std::string encode(const PackageManifest& manifest);
/// The manifest's own bytes (which begin with the signer). Errors: malformed, limit_exceeded.
[[nodiscard]] Result<PackageManifest> decode_manifest(const Header& header, std::string_view bytes,
                                                      const Limits& limits);
/// The rules of docs/otap.md: limits, printable text, sizes that agree, each ECU once.
[[nodiscard]] Result<void> check(const PackageManifest& manifest, const Limits& limits);

/// 1 to `limits.text_bytes` printable ASCII characters; none only where `may_be_empty`.
[[nodiscard]] Result<void> check_text(std::string_view what, std::string_view text,
                                      const Limits& limits, bool may_be_empty);

/// Where things lie in a package of version 2. The sum is checked, it never wraps.
struct Layout {
  struct Image {
    std::uint64_t leaves = 0;  ///< offset of the chunk hashes
    std::uint64_t stored = 0;  ///< offset of the stored image
  };
  std::vector<Image> images;
  std::uint64_t total_bytes = 0;
};
/// `payload` is the offset of the first byte behind the signatures. Errors: does_not_fit.
[[nodiscard]] Result<Layout> layout(const PackageManifest& manifest, std::uint64_t payload);

}  // namespace motorcade::otap
