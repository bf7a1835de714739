#include "engine/edge/random.hpp"

#include <sys/random.h>

#include "events/result.hpp"

namespace motorcade::edge {

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const auto got = ::getrandom(bytes.data() + done, size - done, 0);
    if (got < 0 && errno == EINTR) continue;
    MOTORCADE_ASSERT(got > 0);
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace motorcade::edge
