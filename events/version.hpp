// Versions of ECU software compare as semantic versions (https://semver.org, clause 11, without
// pre-releases): 1.9 < 1.10.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace motorcade {

struct SemanticVersion {
  std::uint32_t major{}, minor{}, patch{};
  friend auto operator<=>(const SemanticVersion&, const SemanticVersion&) = default;
};

[[nodiscard]] std::string to_string(const SemanticVersion& version);
/// "1", "1.2" or "1.2.3"; nothing if the text is anything else.
[[nodiscard]] std::optional<SemanticVersion> version_from(std::string_view text);

}  // namespace motorcade
