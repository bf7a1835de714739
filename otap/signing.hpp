// Hybrid signatures over manifests: ECDSA P-256 with SHA-256, and ML-DSA-65 (FIPS 204). Both must
// hold. Both are deterministic (RFC 6979; FIPS 204's deterministic variant), so that building a
// package again gives the same bytes.
#pragma once
#include <string>
#include <string_view>

#include "otap/error.hpp"
#include "otap/keys.hpp"

namespace motorcade::otap {

inline constexpr std::size_t ecdsa_bytes =
    64;  ///< r and s, 32 bytes each, s at most half the order
inline constexpr std::size_t ml_dsa_bytes = 3309;  ///< FIPS 204 table 2
inline constexpr std::size_t signatures_bytes = ecdsa_bytes + ml_dsa_bytes;
/// FIPS 204's context string.
inline constexpr std::string_view ml_dsa_context = "motorcade otap v2";

struct Signatures {
  std::string ecdsa;
  std::string ml_dsa;
};

[[nodiscard]] Result<Signatures> sign(const SigningKeys& keys, std::string_view bytes);
/// Errors: bad_signature, whose context says which of the two and why.
[[nodiscard]] Result<void> verify(const VerifyingKeys& keys, std::string_view bytes,
                                  const Signatures& signatures);

}  // namespace motorcade::otap
