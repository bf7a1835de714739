// Randomness for ids and tokens: from the kernel, never from a seed. Simulations inject their own.
#pragma once
#include <string>

namespace motorcade::edge {

/// `size` bytes from getrandom(2); aborts if the kernel has none (then nothing here is safe).
[[nodiscard]] std::string random_bytes(std::size_t size);

template <class IdType>
[[nodiscard]] IdType random_id() {
  IdType id;
  const auto bytes = random_bytes(id.bytes.size());
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<unsigned char>(bytes[i]);
  return id;
}

/// Whether two texts are equal, in a time that depends on their lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace motorcade::edge
