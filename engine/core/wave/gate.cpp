#include "engine/core/wave/gate.hpp"

namespace motorcade::core {

GateVerdict evaluate_gate(const WaveCounts& counts, std::uint64_t size,
                          const campaign::Gate& gate) {
  const auto executed = counts.executed();
  const auto share = [&](std::uint64_t part, std::uint32_t basis_points) {
    return part * 10'000 >= executed * basis_points;
  };
  if (executed + counts.unreached < size) {
    const bool early = executed >= gate.minimum_executed && counts.unsuccessful() > 0 &&
                       share(counts.unsuccessful(), gate.failure_basis_points);
    return early ? GateVerdict::kFailedEarly : GateVerdict::kUndecided;
  }
  return executed > 0 && share(counts.verified, gate.success_basis_points) ? GateVerdict::kPassed
                                                                           : GateVerdict::kFailed;
}

std::vector<std::uint64_t> wave_sizes(std::uint64_t total,
                                      const std::vector<campaign::WavePlan>& waves) {
  std::vector<std::uint64_t> sizes;
  std::uint64_t before = 0;
  for (const auto& wave : waves) {
    const auto through = (total * wave.cumulative_basis_points + 5'000) / 10'000;
    sizes.push_back(through - before);
    before = through;
  }
  return sizes;
}

}  // namespace motorcade::core
