// Range requests, RFC 9110 §14: which bytes of a representation were asked for.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "adapters/https/problem.hpp"

namespace motorcade::https {

struct ByteRange {
  std::uint64_t first{}, last{};  ///< both included
  [[nodiscard]] std::uint64_t size_bytes() const { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// More than this in one request is refused (416), so that nobody makes a little request into much
/// work.
inline constexpr std::size_t kMaxRanges = 16;

/// None: there is no range to honour (no header, another unit, or one that is not understood: RFC
/// 9110 §14.2 lets us ignore it). Ranges that overlap or touch are made one; those that cannot be
/// satisfied are left out; if none is left: 416.
[[nodiscard]] Checked<std::optional<std::vector<ByteRange>>> ranges_from(std::string_view header,
                                                                         std::uint64_t size_bytes);

}  // namespace motorcade::https
