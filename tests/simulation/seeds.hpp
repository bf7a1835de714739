// Running seeds as tests.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>

#include "simulation/simulation.hpp"

namespace motorcade::simulation {

/// All of them, or the one that MOTORCADE_SEED names.
inline std::vector<std::uint64_t> seeds_up_to(std::uint64_t most) {
  if (const char* only = std::getenv("MOTORCADE_SEED"); only != nullptr)
    return {std::strtoull(only, nullptr, 10)};
  std::vector<std::uint64_t> seeds(most);
  for (std::uint64_t n = 0; n < most; ++n) seeds[n] = n + 1;
  return seeds;
}

/// A failure of the test unless the seed's world keeps every promise.
inline bool keeps_its_promises(std::uint64_t seed) {
  Simulation simulation(seed);
  const auto problems = simulation.run();
  for (const auto& problem : problems) ADD_FAILURE() << "seed " << seed << ": " << problem;
  if (!problems.empty())
    ADD_FAILURE() << "run only it: MOTORCADE_SEED=" << seed << " simulation_test\n"
                  << simulation.describe();
  return problems.empty();
}

}  // namespace motorcade::simulation
