// 1,000 seeds, shared out over a few entries. MOTORCADE_SEED=N runs only that one (and says what
// its world was like), MOTORCADE_LONG=1 runs 20,000.
#include "simulation/seeds.hpp"

namespace motorcade::simulation {
namespace {

constexpr std::uint64_t kShares = 4;

class EverySeed : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(EverySeed, LosesNothingDoublesNothingAndEnds) {
  const auto most = std::getenv("MOTORCADE_LONG") != nullptr ? 20'000 : 1'000;
  for (const auto seed : seeds_up_to(most))
    if (seed % kShares == GetParam() && !keeps_its_promises(seed)) return;
}
INSTANTIATE_TEST_SUITE_P(Share, EverySeed, ::testing::Range(std::uint64_t{0}, kShares));

}  // namespace
}  // namespace motorcade::simulation
