#include "otap/error.hpp"

namespace motorcade::otap {
namespace {

const char* text(Errc code) {
  switch (code) {
    case Errc::bad_magic:
      return "no OTAP package or bundle";
    case Errc::unsupported_version:
      return "unsupported version";
    case Errc::unsupported_codec:
      return "unsupported codec";
    case Errc::malformed:
      return "malformed";
    case Errc::truncated:
      return "truncated";
    case Errc::trailing_bytes:
      return "bytes after the end";
    case Errc::limit_exceeded:
      return "limit exceeded";
    case Errc::does_not_fit:
      return "does not fit the format";
    case Errc::not_signed:
      return "not signed";
    case Errc::unknown_signer:
      return "unknown signer";
    case Errc::bad_signature:
      return "bad signature";
    case Errc::bad_key:
      return "unusable key";
    case Errc::altered:
      return "altered";
    case Errc::bad_compression:
      return "bad compression";
    case Errc::window_too_large:
      return "zstd window too large";
    case Errc::ambiguous_image:
      return "ambiguous image";
    case Errc::invalid_spec:
      return "invalid package specification";
    case Errc::io_failed:
      return "input or output failed";
    case Errc::crypto_failed:
      return "OpenSSL or zstd failed";
  }
  return "unknown otap error";
}

struct Category final : std::error_category {
  const char* name() const noexcept override { return "otap"; }
  std::string message(int code) const override { return text(static_cast<Errc>(code)); }
};

}  // namespace

const std::error_category& otap_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), otap_category()};
}

tl::unexpected<Error> failure(Errc code, std::string context) {
  return tl::unexpected(Error{make_error_code(code), std::move(context)});
}

std::string to_string(const Error& error) {
  return error.context + ": " + error.code.message();
}

}  // namespace motorcade::otap
