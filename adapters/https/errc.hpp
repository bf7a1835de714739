// What can go wrong when the server starts; what goes wrong with a request is a Problem.
#pragma once
#include <system_error>

namespace motorcade::https {

enum class Errc {
  kPolicy = 1,   ///< OpenSSL does not know the group or the signature of the TLS policy
  kCertificate,  ///< certificate, key or CA cannot be read, or do not fit the policy
  kListen,       ///< the address cannot be listened on
};
[[nodiscard]] const std::error_category& category();
[[nodiscard]] inline std::error_code make_error_code(Errc code) {
  return {static_cast<int>(code), category()};
}

}  // namespace motorcade::https

template <>
struct std::is_error_code_enum<motorcade::https::Errc> : std::true_type {};
