#include "adapters/rocksdb/crc32c.hpp"

#include <array>
#include <cstring>

namespace motorcade::rocks {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? c >> 1 ^ kPolynomial : c >> 1;
    table[i] = c;
  }
  return table;
}

std::uint32_t by_table(const char* at, std::size_t size, std::uint32_t crc) {
  static constexpr auto kTable = make_table();
  for (; size > 0; --size, ++at)
    crc = kTable[(crc ^ static_cast<std::uint8_t>(*at)) & 255] ^ crc >> 8;
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_processor(const char* at, std::size_t size,
                                                             std::uint32_t crc) {
  std::uint64_t wide = crc;
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; --size, ++at) crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(*at));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool processor_can = __builtin_cpu_supports("sse4.2") != 0;
  if (processor_can) return ~by_processor(bytes.data(), bytes.size(), ~before);
#endif
  return ~by_table(bytes.data(), bytes.size(), ~before);
}

}  // namespace motorcade::rocks
