// CRC-32C (Castagnoli, RFC 3720 §B.4): by the processor where it can.
#pragma once
#include <cstdint>
#include <string_view>

namespace motorcade::rocks {

/// Of `bytes`, going on from the checksum of what stood before them.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace motorcade::rocks
