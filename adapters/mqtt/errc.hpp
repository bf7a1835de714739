// What can go wrong between the MQTT edge and its broker.
#pragma once
#include <string>
#include <system_error>

namespace motorcade::mqtt_edge {

enum class Errc {
  kNotConnected = 1,  ///< no session with the broker now; it is being restored
  kRefused,           ///< the broker refused the connection, subscription or message
  kTls,               ///< the TLS policy or its files cannot be used
};
[[nodiscard]] const std::error_category& category() noexcept;
[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), category()};
}

}  // namespace motorcade::mqtt_edge

template <>
struct std::is_error_code_enum<motorcade::mqtt_edge::Errc> : std::true_type {};
