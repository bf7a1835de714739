// OWS of header fields (RFC 9110 §5.6.3): spaces and tabs around a value mean nothing.
#pragma once
#include <string_view>

namespace motorcade::https {

[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace motorcade::https
