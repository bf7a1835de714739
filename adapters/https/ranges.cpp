#include "adapters/https/ranges.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/https/whitespace.hpp"

namespace motorcade::https {
namespace {
/// 1*DIGIT; what exceeds 64 bits is the largest number (it is past every end all the same).
std::optional<std::uint64_t> digits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : UINT64_MAX;
}

struct Spec {
  bool valid = false;
  std::optional<ByteRange> range;  ///< none: it cannot be satisfied
};

Spec spec_from(std::string_view text, std::uint64_t size) {
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto head = text.substr(0, dash), tail = text.substr(dash + 1);
  const auto first = digits(head), last = digits(tail);
  if (head.empty()) {  // the last n bytes
    if (!last) return {};
    if (*last == 0 || size == 0) return {true, std::nullopt};
    return {true, ByteRange{size - std::min(*last, size), size - 1}};
  }
  if (!first || (!tail.empty() && (!last || *last < *first))) return {};
  if (*first >= size) return {true, std::nullopt};
  return {true, ByteRange{*first, tail.empty() ? size - 1 : std::min(*last, size - 1)}};
}

/// In the order asked for, unless some overlap or touch: then sorted and made one (§15.3.7.2).
std::vector<ByteRange> coalesced(std::vector<ByteRange> ranges) {
  auto sorted = ranges;
  std::ranges::sort(sorted, {}, &ByteRange::first);
  std::vector<ByteRange> merged;
  for (const auto& range : sorted) {
    if (!merged.empty() && range.first <= merged.back().last + 1)
      merged.back().last = std::max(merged.back().last, range.last);
    else
      merged.push_back(range);
  }
  return merged.size() == ranges.size() ? ranges : merged;
}
}  // namespace

Checked<std::optional<std::vector<ByteRange>>> ranges_from(std::string_view header,
                                                           std::uint64_t size) {
  using Ranges = std::optional<std::vector<ByteRange>>;
  constexpr std::string_view kUnit = "bytes=";
  header = trimmed(header);
  if (!header.starts_with(kUnit)) return Ranges();
  header.remove_prefix(kUnit.size());
  std::vector<ByteRange> ranges;
  std::size_t asked = 0;
  for (bool more = true; more;) {
    const auto comma = header.find(',');
    const auto text = trimmed(header.substr(0, comma));
    more = comma != header.npos;
    if (more) header.remove_prefix(comma + 1);
    if (text.empty()) continue;  // RFC 9110 §5.6.1.2: empty elements are passed over
    if (++asked > kMaxRanges)
      return refuse(bad_range("more than " + std::to_string(kMaxRanges) +
                                  " ranges in one request; ask for fewer, or one after the other",
                              size));
    const auto spec = spec_from(text, size);
    if (!spec.valid) return Ranges();
    if (spec.range) ranges.push_back(*spec.range);
  }
  if (asked == 0) return Ranges();
  if (ranges.empty())
    return refuse(bad_range("the package has " + std::to_string(size) +
                                " bytes, and no range asked for begins within them",
                            size));
  return Ranges(coalesced(std::move(ranges)));
}

}  // namespace motorcade::https
