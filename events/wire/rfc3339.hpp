// Times in JSON: RFC 3339, UTC.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "events/ids.hpp"

namespace motorcade::wire {

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

/// "2026-03-01T12:00:00Z", with three or six digits of a second if it has a fraction. Times outside
/// the years 1 to 9999 are shown as the nearest that can be.
[[nodiscard]] std::string to_rfc3339(Time time);
/// Any offset, any fraction (cut to microseconds); nothing if the text is anything else.
[[nodiscard]] std::optional<Time> time_from_rfc3339(std::string_view text);

}  // namespace motorcade::wire
