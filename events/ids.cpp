#include "events/ids.hpp"

#include <charconv>

namespace motorcade {
namespace {
constexpr std::string_view kDigits = "0123456789abcdef";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <class T>
bool whole_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}
}  // namespace

std::string_view to_string(Stream stream) {
  switch (stream) {
    case Stream::kVehicle:
      return "vehicle";
    case Stream::kCampaign:
      return "campaign";
    case Stream::kCatalog:
      return "catalog";
  }
  return "unknown";
}

std::optional<Stream> stream_from(std::string_view name) {
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    if (to_string(stream) == name) return stream;
  return std::nullopt;
}

std::string to_string(const Partition& partition) {
  return std::string(to_string(partition.stream)) + '/' + std::to_string(partition.number);
}

std::string to_string(const Position& position) {
  return to_string(position.partition) + '@' + std::to_string(position.sequence.value);
}

std::optional<Position> position_from(std::string_view text) {
  const auto slash = text.find('/');
  const auto at = text.find('@');
  if (slash == text.npos || at == text.npos || at < slash) return std::nullopt;
  const auto stream = stream_from(text.substr(0, slash));
  Position position;
  if (!stream || !whole_number(text.substr(slash + 1, at - slash - 1), position.partition.number) ||
      !whole_number(text.substr(at + 1), position.sequence.value))
    return std::nullopt;
  position.partition.stream = *stream;
  return position;
}

std::uint16_t partition_of(std::string_view text_key, std::uint16_t count) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, 64 bits: fixed for ever, as partitions are
  for (const char c : text_key) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return static_cast<std::uint16_t>(hash % count);
}

std::string to_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex += kDigits[static_cast<std::uint8_t>(c) >> 4];
    hex += kDigits[static_cast<std::uint8_t>(c) & 15];
  }
  return hex;
}

bool hex_into(std::string_view hex, std::uint8_t* out, std::size_t size) {
  if (hex.size() != size * 2) return false;
  for (std::size_t i = 0; i < size; ++i) {
    const int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace motorcade
