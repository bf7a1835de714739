#include "events/wire/text.hpp"

#include <algorithm>
#include <cstdint>

namespace motorcade::wire {
namespace {

struct Lead {
  std::size_t continuation_bytes;
  std::uint32_t bits, smallest;
};

/// Unicode 15, table 3-6. No continuation bytes and a bit above ASCII: not a lead.
Lead lead(std::uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {1, byte & 0x1fU, 0x80};
  if (byte >= 0xe0 && byte <= 0xef) return {2, byte & 0x0fU, 0x800};
  if (byte >= 0xf0 && byte <= 0xf4) return {3, byte & 0x07U, 0x10000};
  return {0, byte, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[i++]);
    if (first < 0x80) continue;
    auto [continuation_bytes, code, smallest] = lead(first);
    if (continuation_bytes == 0 || continuation_bytes > text.size() - i) return false;
    for (; continuation_bytes > 0; --continuation_bytes) {
      const auto next = static_cast<std::uint8_t>(text[i++]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3fU);
    }
    if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

const char* wrong_with_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) return "is too long";
  const auto is_control = [](char c) {
    return (static_cast<std::uint8_t>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
           c == 0x7f;
  };
  if (std::ranges::any_of(text, is_control)) return "has a control character in it";
  if (!is_utf8(text)) return "is not UTF-8";
  return nullptr;
}

}  // namespace motorcade::wire
