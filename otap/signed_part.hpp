// The front that packages (version 2) and bundles share: header, size, manifest, two signatures.
#pragma once
#include "otap/limits.hpp"
#include "otap/manifest.hpp"
#include "otap/signing.hpp"
#include "otap/source.hpp"

namespace motorcade::otap {

/// Whose signatures count, and whether packages without any do.
struct Trust {
  std::vector<VerifyingKeys> keys;
  /// Version 1 has no signature: only for packages whose digest came another trusted way (an offer,
  /// a bundle).
  bool accept_v1 = false;
};

struct SignedPart {
  Header header;
  std::string signed_bytes;        ///< header, size, manifest
  std::size_t manifest_begin = 0;  ///< in signed_bytes
  Signatures signatures;
  std::uint64_t payload_begin = 0;  ///< in the source

  [[nodiscard]] std::string_view manifest() const {
    return std::string_view(signed_bytes).substr(manifest_begin);
  }
  /// The key that claims to have signed.
  [[nodiscard]] KeyId signer() const;
};

/// Reads the header only. Errors: bad_magic, truncated, malformed, limit_exceeded.
[[nodiscard]] Result<Header> read_header(const Source& source, const Limits& limits);
/// Reads on from a header of `source`. Nothing is verified yet.
[[nodiscard]] Result<SignedPart> read_signed_part(const Source& source, Header header,
                                                  const Limits& limits);
/// Errors: unknown_signer, bad_signature.
[[nodiscard]] Result<void> check_signatures(const SignedPart& part, const Trust& trust);

/// Errors: truncated, trailing_bytes.
[[nodiscard]] Result<void> check_total_bytes(std::string_view what, std::uint64_t found,
                                             std::uint64_t expected);

}  // namespace motorcade::otap
