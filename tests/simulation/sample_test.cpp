// A part of the simulation, also under the sanitizers; and that a seed says everything.
#include "simulation/seeds.hpp"

namespace motorcade::simulation {
namespace {

TEST(Simulation, ASampleOfSeedsKeepsItsPromises) {
  for (std::uint64_t seed = 1'000'001; seed <= 1'000'050; ++seed)
    if (!keeps_its_promises(seed)) return;
}

TEST(Simulation, TheSameSeedGivesTheSameLogByteForByte) {
  const auto trace_of = [](std::uint64_t seed) {
    Simulation simulation(seed);
    EXPECT_TRUE(simulation.run().empty());
    return to_hex(simulation.trace());
  };
  EXPECT_EQ(trace_of(7), trace_of(7));
  EXPECT_NE(trace_of(7), trace_of(8));
}

}  // namespace
}  // namespace motorcade::simulation
