// OTAP version 1 as a reader sees it: entries and data take turns, so the whole package is walked
// once.
#pragma once
#include "otap/package_reader.hpp"

namespace motorcade::otap {

inline constexpr std::uint16_t package_version_1 = 1;

struct PackageV1 {
  PackageManifest manifest;
  Layout layout;
};
/// Finds the entries; no digest is checked yet. Errors: malformed, truncated, trailing_bytes,
/// limit_exceeded.
[[nodiscard]] Result<PackageV1> walk_v1(const Source& source, const Header& header,
                                        const Limits& limits);

}  // namespace motorcade::otap
