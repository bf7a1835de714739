// Text that comes from outside. What is refused here can neither break a reader of the log nor a
// database.
#pragma once
#include <cstddef>
#include <string_view>

namespace motorcade::wire {

/// A name, a reason or notes in a command. Reports are held shorter (events/wire/reports.hpp).
inline constexpr std::size_t kMaxTextBytes = 4096;

[[nodiscard]] bool is_utf8(std::string_view text);
/// What is wrong, to be said after the field's name; null: nothing. UTF-8, no control characters
/// (tab and line ends pass), at most `max_bytes`.
[[nodiscard]] const char* wrong_with_text(std::string_view text, std::size_t max_bytes);

}  // namespace motorcade::wire
