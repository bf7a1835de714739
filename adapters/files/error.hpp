// What can go wrong with stored files, beyond what the file system says itself.
#pragma once
#include <system_error>

#include "events/result.hpp"

namespace motorcade::files {

enum class FileErrc {
  kDamaged = 1,  ///< the file is not what was written
  kOtherDigest,  ///< an upload's bytes are not those that were announced
  kNotFound,     ///< nothing is stored under this name
  kInUse,        ///< another process writes here
  kAltered,      ///< sealed bytes were changed, or sealed for something else
  kReadOnly,     ///< opened for reading only
  kCrypto,       ///< OpenSSL failed
};
const std::error_category& file_category();
inline std::error_code make_error_code(FileErrc code) {
  return {static_cast<int>(code), file_category()};
}
[[nodiscard]] inline tl::unexpected<Error> file_failure(FileErrc code, std::string context) {
  return failure(make_error_code(code), std::move(context));
}
/// From errno.
[[nodiscard]] tl::unexpected<Error> system_failure(std::string context);

}  // namespace motorcade::files

template <>
struct std::is_error_code_enum<motorcade::files::FileErrc> : std::true_type {};
