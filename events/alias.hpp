// Reports of the older convention, on vehicle/updates/{vin}/…: they come from no outbox, so nothing
// numbers them. Their place is epoch 0, no outbox and the number of the topic, and the id of their
// cause is a digest of vehicle, topic and body: a repeat has the id that was taken last.
#pragma once
#include <optional>

#include "events/envelope.hpp"

namespace motorcade {

/// The numbers are stored; never reuse one.
enum class AliasTopic : std::uint8_t { kProgress = 1, kStatus = 2 };
inline constexpr std::size_t kAliasTopics = 2;

[[nodiscard]] inline ReportPlace place_of(AliasTopic topic) {
  return {0, {}, static_cast<std::uint64_t>(topic)};
}
/// Nothing: the place is in an outbox, or nowhere.
[[nodiscard]] inline std::optional<AliasTopic> alias_of(const ReportPlace& place) {
  if (place.epoch != 0 || !place.outbox.is_zero()) return std::nullopt;
  if (place.sequence < 1 || place.sequence > kAliasTopics) return std::nullopt;
  return static_cast<AliasTopic>(place.sequence);
}

}  // namespace motorcade
