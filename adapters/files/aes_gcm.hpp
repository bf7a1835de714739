// AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces.
//   sealed = nonce 12 · ciphertext · tag 16
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "events/result.hpp"

namespace motorcade::files {

using Key256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Result<Key256> random_key();
/// Authenticates `with`, too.
[[nodiscard]] Result<std::string> gcm_seal(const Key256& key, std::string_view with,
                                           std::string_view plain);
/// None: the bytes, the key or `with` are not those of the sealing.
[[nodiscard]] std::optional<std::string> gcm_open(const Key256& key, std::string_view with,
                                                  std::string_view sealed);

}  // namespace motorcade::files
