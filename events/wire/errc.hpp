// What can be wrong with bytes. One category for this room; the context of an Error says what and
// where.
#pragma once
#include <system_error>

#include "events/result.hpp"

namespace motorcade::wire {

enum class Errc {
  kTruncated = 1,  ///< the bytes end too early
  kMalformed,      ///< the bytes are not of this format
  kTooLarge,       ///< a limit is exceeded
  kUnknownType,    ///< a number that this program does not know
  kNewerSchema,    ///< written by a newer program
  kInvalid,        ///< well-formed, but a value cannot be
};
[[nodiscard]] const std::error_category& category();
[[nodiscard]] inline std::error_code make_error_code(Errc code) {
  return {static_cast<int>(code), category()};
}
[[nodiscard]] inline tl::unexpected<Error> failure(Errc code, std::string context) {
  return motorcade::failure(make_error_code(code), std::move(context));
}

}  // namespace motorcade::wire

template <>
struct std::is_error_code_enum<motorcade::wire::Errc> : std::true_type {};
