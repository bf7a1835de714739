// All chance of a simulation, from one seed. The same on every build: no distributions of the
// standard library, whose results are the implementation's own.
#pragma once
#include <random>

#include "events/ids.hpp"

namespace motorcade::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

  [[nodiscard]] bool chance(std::uint64_t per_mille) { return bits_() % 1000 < per_mille; }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return bits_() % bound; }
  [[nodiscard]] std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  [[nodiscard]] Duration between(Duration least, Duration most) {
    return least + Duration(static_cast<Duration::rep>(
                       below(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }
  template <class T>
  [[nodiscard]] const T& one_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }
  template <class IdType>
  [[nodiscard]] IdType id() {
    IdType made;
    for (auto& byte : made.bytes) byte = static_cast<std::uint8_t>(bits_());
    return made;
  }
  /// Dice of its own for somebody: what it throws moves nobody else's.
  [[nodiscard]] Dice split() { return Dice(bits_()); }

 private:
  std::mt19937_64 bits_;
};

}  // namespace motorcade::simulation
