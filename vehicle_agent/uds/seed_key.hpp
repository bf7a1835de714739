// Service 27, level 1: key = first 16 bytes of HMAC-SHA-256(secret, seed). The secret is the
// deployment's, shared by the vehicle's diagnostic clients and its ECUs.
#pragma once
#include <string_view>

#include "vehicle_agent/uds/types.hpp"

namespace motorcade::uds {

inline constexpr std::size_t seed_bytes = 16;
[[nodiscard]] Bytes key_for_seed(std::string_view secret, ByteView seed);

}  // namespace motorcade::uds
