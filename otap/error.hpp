// What can be wrong with a package. Every error says what, where (byte offset or ECU) and, where
// somebody can act, what to do. Nothing in otap/ throws, and nothing that was read is handed on
// once an error has been returned.
#pragma once
#include <string>
#include <system_error>
#include <tl/expected.hpp>

namespace motorcade::otap {

enum class Errc {
  bad_magic = 1,        ///< neither OTAP nor OTAB
  unsupported_version,  ///< a version of the format that this code does not know
  unsupported_codec,    ///< a codec of the format that this code does not decode
  malformed,            ///< the grammar of docs/otap.md is broken
  truncated,            ///< it ends too early
  trailing_bytes,       ///< it goes on after its end
  limit_exceeded,       ///< above a Limit of the reader or writer
  does_not_fit,         ///< a size that the format's field cannot hold
  not_signed,           ///< version 1, where a signature is demanded
  unknown_signer,       ///< signed by a key that is not trusted
  bad_signature,        ///< one of the two signatures does not hold
  bad_key,              ///< a key file that cannot be used
  altered,          ///< bytes that do not have the digest which was signed, announced or first read
  bad_compression,  ///< not exactly one zstd frame with its content size
  window_too_large,  ///< a zstd frame that needs more memory than allowed
  ambiguous_image,   ///< version 1 cannot tell this stored image from a compressed one
  invalid_spec,      ///< what should be packed makes no sense
  io_failed,         ///< the operating system refused to read or write
  crypto_failed,     ///< OpenSSL or zstd failed for no fault of the input
};

[[nodiscard]] const std::error_category& otap_category() noexcept;
[[nodiscard]] std::error_code make_error_code(Errc code) noexcept;

struct Error {
  std::error_code code;
  std::string context;
};
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] tl::unexpected<Error> failure(Errc code, std::string context);
[[nodiscard]] std::string to_string(const Error& error);

}  // namespace motorcade::otap

template <>
struct std::is_error_code_enum<motorcade::otap::Errc> : std::true_type {};

#define OTAP_JOIN_(a, b) a##b
#define OTAP_JOIN(a, b) OTAP_JOIN_(a, b)
#define OTAP_TRY_(result, declaration, expression)                 \
  auto result = (expression);                                      \
  if (!result) return ::tl::unexpected(std::move(result).error()); \
  declaration = *std::move(result)
/// OTAP_TRY(auto value, f()); declares `value`, or leaves the function with f's error.
#define OTAP_TRY(declaration, expression) \
  OTAP_TRY_(OTAP_JOIN(otap_try_, __LINE__), declaration, expression)
/// The same for Result<void>.
#define OTAP_TRY_VOID(expression) \
  if (auto tried = (expression); !tried) return ::tl::unexpected(std::move(tried).error())
