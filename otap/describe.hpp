// What a file says about itself, for people: any package or bundle, also one whose signature does
// not hold.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "otap/bundle.hpp"

namespace motorcade::otap {

enum class SignatureState {
  none,         ///< version 1
  not_checked,  ///< the key is none of the trusted ones, or none were given
  holds,
  broken,
};
[[nodiscard]] std::string_view to_string(SignatureState state);

struct Description {
  std::uint64_t bytes = 0;
  SignatureState signature = SignatureState::not_checked;
  std::variant<PackageManifest, BundleManifest> manifest;
  std::vector<Description> packages;  ///< of a bundle, in the order of its zones
};

/// Reads headers and manifests; images and digests are not checked. Errors: bad_magic,
/// unsupported_version, malformed, truncated, trailing_bytes, limit_exceeded.
[[nodiscard]] Result<Description> describe(const SourcePtr& source, const Trust& trust = {},
                                           const Limits& limits = {});
/// Lines for a terminal.
[[nodiscard]] std::string to_text(const Description& description);

}  // namespace motorcade::otap
