// How manifests write digests and short texts (docs/otap.md).
#pragma once
#include <algorithm>

#include "digest/digest.hpp"

namespace motorcade::otap {

[[nodiscard]] inline std::string_view view(const digest::Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

[[nodiscard]] inline digest::Sha256 take_digest(digest::CanonicalReader& in) {
  digest::Sha256 hash{};
  const auto bytes = in.raw(hash.size());
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

/// One byte of length: texts are checked to have at most 255 bytes before they are written.
inline void put_text(digest::CanonicalWriter& out, std::string_view text) {
  out.u8(static_cast<std::uint8_t>(text.size()));
  out.raw(text);
}

[[nodiscard]] inline std::string take_text(digest::CanonicalReader& in) {
  return std::string(in.raw(in.u8()));
}

}  // namespace motorcade::otap
