// What a reader or writer refuses to handle, so that memory and time stay bounded whatever comes
// in.
#pragma once
#include <cstdint>

namespace motorcade::otap {

struct Limits {
  std::uint32_t ecu_count = 1024;           ///< per package; the format ends at 65,535
  std::uint32_t zone_count = 256;           ///< packages per bundle; the format ends at 65,535
  std::uint32_t text_bytes = 128;           ///< any id or version; the format ends at 255
  std::uint32_t dependency_count = 64;      ///< per ECU; the format ends at 255
  std::uint32_t manifest_bytes = 1U << 20;  ///< held in memory
  std::uint64_t image_bytes = std::uint64_t{16} << 30;    ///< stored or decompressed, each
  std::uint64_t package_bytes = std::uint64_t{64} << 30;  ///< a package or bundle
  std::uint32_t chunk_bytes = 1U << 20;                   ///< held in memory
  std::uint32_t chunk_count = 1U << 18;                   ///< per image; 32 bytes each in memory
  std::uint32_t zstd_window_log = 23;  ///< 8 MiB, what RFC 8878 §3.1.1.1.2 asks every decoder for
};

}  // namespace motorcade::otap
