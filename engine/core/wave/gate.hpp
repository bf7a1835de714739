// The gate of a wave: counts against thresholds, on *verified*, of what was *executed*; silence is
// never success.
//
// Rule 2: members that were never reached are outside *executed*, and nobody waits for them. A wave
// fails as soon as `minimum_executed` were executed and the unsuccessful are at least the
// failure share of them; when all members are executed it passes if the verified are at least the
// success share, and fails otherwise. (Rule 1 knew no unreached ones.)
#pragma once
#include "events/campaign.hpp"

namespace motorcade::core {

enum class GateVerdict : std::uint8_t { kUndecided, kPassed, kFailedEarly, kFailed };
inline constexpr std::uint32_t kGateRule = 2;

[[nodiscard]] GateVerdict evaluate_gate(const WaveCounts& counts, std::uint64_t size,
                                        const campaign::Gate& gate);

/// Sizes of waves of `total` vehicles by cumulative shares in basis points, rounded half up: 10 %
/// of 30 is 3.
[[nodiscard]] std::vector<std::uint64_t> wave_sizes(std::uint64_t total,
                                                    const std::vector<campaign::WavePlan>& waves);

}  // namespace motorcade::core
