// The three kinds of error, never mixed: a decider's Rejection (the domain says no), Result (the
// world failed), MOTORCADE_ASSERT (we are wrong: abort, restart, replay).
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <tl/expected.hpp>

namespace motorcade {

struct Error {
  std::error_code code;
  std::string context;  ///< what was tried, on what, and what to do about it
};
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> failure(std::error_code code, std::string context) {
  return tl::unexpected(Error{code, std::move(context)});
}
[[nodiscard]] inline tl::unexpected<Error> failure(std::errc code, std::string context) {
  return failure(std::make_error_code(code), std::move(context));
}
[[nodiscard]] inline std::string to_string(const Error& error) {
  return error.context + ": " + error.code.message();
}

}  // namespace motorcade

#define MOTORCADE_JOIN_(a, b) a##b
#define MOTORCADE_JOIN(a, b) MOTORCADE_JOIN_(a, b)
#define MOTORCADE_TRY_(result, declaration, expression, leave)    \
  auto result = (expression);                                     \
  if (!result) leave ::tl::unexpected(std::move(result).error()); \
  declaration = *std::move(result)
/// TRY(auto value, f()); declares `value`, or leaves the function with f's error. CO_TRY does so in
/// a coroutine.
#define TRY(declaration, expression) \
  MOTORCADE_TRY_(MOTORCADE_JOIN(try_, __LINE__), declaration, expression, return )
#define CO_TRY(declaration, expression) \
  MOTORCADE_TRY_(MOTORCADE_JOIN(try_, __LINE__), declaration, expression, co_return )
/// The same for Result<void>.
#define TRY_VOID(expression) \
  if (auto tried = (expression); !tried) return ::tl::unexpected(std::move(tried).error())
#define CO_TRY_VOID(expression) \
  if (auto tried = (expression); !tried) co_return ::tl::unexpected(std::move(tried).error())

#define MOTORCADE_ASSERT(condition)                                                        \
  ((condition) ? void() : [] {                                                             \
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition); \
    std::abort();                                                                          \
  }())
