// Names that stand in topics, paths and keys as they are.
#pragma once
#include <algorithm>
#include <string_view>

namespace motorcade {

/// A type of ECU: 1 to 64 of A–Z a–z 0–9 `_` `.` `-`. It is a level of an MQTT topic (MQTT 5 §4.7:
/// no `/`, `+`, `#`, no control characters) and a part of a partition's key.
[[nodiscard]] inline bool is_ecu_type(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

}  // namespace motorcade
