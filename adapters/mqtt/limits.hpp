// How much the MQTT edge takes at once, and how long it waits. Every one is a setting
// (`limits.mqtt` in config/motorcade.yaml).
#pragma once
#include <chrono>
#include <cstddef>

namespace motorcade::mqtt_edge {

struct Limits {
  std::size_t reports_per_append = 256;    ///< of one inbox; the next wait for these
  std::size_t bytes_per_append = 4 << 20;  ///< of them, but for one report at least
  /// More: the library stops reading, the broker holds them; for one inbox that takes none, too.
  std::size_t waiting_reports = 4096;
  std::size_t in_flight = 1000;  ///< messages from the broker that are not yet acknowledged
  std::chrono::seconds keep_alive{30};
  std::chrono::milliseconds retry{500};        ///< of an append that failed
  std::chrono::milliseconds first_pause{500};  ///< before connecting again; then twice as long …
  std::chrono::milliseconds longest_pause{15'000};  ///< … up to this
  friend bool operator==(const Limits&, const Limits&) = default;
};
inline constexpr std::size_t kMostWaitingReports = 65'536;

}  // namespace motorcade::mqtt_edge
