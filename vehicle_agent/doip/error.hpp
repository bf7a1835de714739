// What can go wrong between two DoIP peers. The libraries above (ECU, zonal gateway, zone link) use
// the same type.
#pragma once
#include <string>
#include <system_error>
#include <tl/expected.hpp>

namespace motorcade::doip {

enum class Errc {
  closed = 1,         ///< the peer or we closed the connection
  timed_out,          ///< no answer within the time that the protocol allows
  activation_denied,  ///< routing activation was refused; the context names the code
  nacked,             ///< the peer refused a diagnostic message; the context names the code
  malformed,          ///< bytes that are no DoIP, or a body that is not what its type says
  refused,            ///< the peer understood and said no (UDS negative response)
  invalid_setting,    ///< a configuration that cannot work; the context says which
  storage,            ///< a file of an ECU or of a gateway cannot be read or written
};

[[nodiscard]] const std::error_category& category();
[[nodiscard]] inline std::error_code make_error_code(Errc code) {
  return {static_cast<int>(code), category()};
}

struct Error {
  std::error_code code;
  std::string context;  ///< what was tried, with whom, and what to do about it
};
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(std::error_code code, std::string context) {
  return tl::unexpected(Error{code, std::move(context)});
}
[[nodiscard]] inline tl::unexpected<Error> failure(Errc code, std::string context) {
  return failure(make_error_code(code), std::move(context));
}
[[nodiscard]] inline std::string to_string(const Error& error) {
  return error.context + ": " + error.code.message();
}

}  // namespace motorcade::doip

template <>
struct std::is_error_code_enum<motorcade::doip::Errc> : std::true_type {};
