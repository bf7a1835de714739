// The tree hash over the chunks of a stored image: RFC 6962 §2.1 (leaf prefix 0x00, node prefix
// 0x01).
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "digest/digest.hpp"

namespace motorcade::otap {

[[nodiscard]] digest::Sha256 leaf_hash(std::string_view chunk);
/// No leaves: SHA-256 of nothing.
[[nodiscard]] digest::Sha256 merkle_root(std::vector<digest::Sha256> leaves);
/// How many chunks of `chunk_bytes` (not 0) hold `stored_bytes`; the last may be short.
[[nodiscard]] constexpr std::uint64_t chunk_count(std::uint64_t stored_bytes,
                                                  std::uint32_t chunk_bytes) {
  return stored_bytes / chunk_bytes + (stored_bytes % chunk_bytes != 0 ? 1 : 0);
}

}  // namespace motorcade::otap
