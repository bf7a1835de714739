// Keys of the embedded log (docs/log.md): stream u8, partition u16, place u64, all big-endian, so
// that bytes order as places do.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.hpp"

namespace motorcade::rocks {

template <class Integer>
void put_integer(std::string& out, Integer value) {
  for (int shift = 8 * static_cast<int>(sizeof value) - 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift));
}
/// The caller has checked the size.
template <class Integer>
[[nodiscard]] Integer get_integer(std::string_view bytes) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Integer>(value << 8 | static_cast<std::uint8_t>(bytes[i]));
  return value;
}

inline constexpr std::size_t kPrefixBytes = 3;
inline constexpr std::size_t kKeyBytes = kPrefixBytes + 8;

[[nodiscard]] inline std::string prefix_of(Partition partition) {
  std::string key(1, static_cast<char>(partition.stream));
  put_integer(key, partition.number);
  return key;
}
[[nodiscard]] inline std::string key_of(Partition partition, std::uint64_t place) {
  auto key = prefix_of(partition);
  put_integer(key, place);
  return key;
}
/// The least key above all of the partition's.
[[nodiscard]] inline std::string end_key_of(Partition partition) {
  return key_of(partition, ~std::uint64_t{0});
}
[[nodiscard]] inline std::optional<std::uint64_t> place_in(Partition partition,
                                                           std::string_view key) {
  if (key.size() != kKeyBytes || !key.starts_with(prefix_of(partition))) return std::nullopt;
  return get_integer<std::uint64_t>(key.substr(kPrefixBytes));
}

[[nodiscard]] inline std::vector<Partition> partitions_of(const PartitionCounts& counts) {
  std::vector<Partition> all;
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    for (std::uint16_t number = 0; number < counts.of(stream); ++number)
      all.push_back({stream, number});
  return all;
}

// Keys of the column family "meta".
inline constexpr std::string_view kBirthKey = "birth";
/// A u8, ports::LogState; none: open.
inline constexpr std::string_view kStateKey = "state";
/// The next sequence of an event partition, written with each append.
[[nodiscard]] inline std::string head_key_of(Partition partition) {
  return "head" + prefix_of(partition);
}
/// The next position of an inbox, and its first that was not trimmed.
[[nodiscard]] inline std::string inbox_key_of(Partition partition) {
  return "inbox" + prefix_of(partition);
}

}  // namespace motorcade::rocks
