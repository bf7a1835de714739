// How much one server takes: sizes, counts, times. Every one is a setting (`limits.https` in
// config/motorcade.yaml).
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace motorcade::https {

struct Limits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t json_bytes = 1024 * 1024;
  std::size_t json_depth = 32;  ///< of nested objects and arrays
  std::uint64_t upload_bytes = 4ULL << 30;
  std::size_t connections = 4096;
  std::size_t pending_writes = 1024;  ///< requests that wait for their outcome; more: 429
  std::size_t parallel_uploads = 4;
  std::size_t page_items = 1000;  ///< of a list
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds idle{60'000};      ///< between two requests of a connection
  std::chrono::milliseconds transfer{30'000};  ///< for the next piece of a body, either way
  std::chrono::milliseconds outcome{5'000};    ///< a write waits this long, then answers 202
  std::chrono::milliseconds projector{5'000};  ///< a read with a position waits this long: 503
  std::chrono::milliseconds shutdown{10'000};  ///< for requests that are under way
  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace motorcade::https
