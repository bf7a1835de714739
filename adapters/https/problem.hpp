// What is answered when it did not work: RFC 9457 bodies that say what, where and what to do.
#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "events/result.hpp"

namespace motorcade::https {

/// A place in a JSON body (RFC 6901 pointer), a query parameter or a header, and what is wrong
/// there.
struct Fault {
  std::string where, detail;
  friend bool operator==(const Fault&, const Fault&) = default;
};

struct Problem {
  unsigned status{};
  std::string slug;    ///< type = urn:motorcade:problem:{slug}
  std::string title;   ///< of the type, always the same
  std::string detail;  ///< of this occurrence: what, where, what to do
  std::vector<Fault> faults;
  std::string rejection;  ///< UPPER_SNAKE name of what the domain said; empty: it said nothing
  std::string position;   ///< where the refusal stands in the log; empty: nowhere
  std::vector<std::pair<std::string, std::string>> parts;  ///< of the server, and why they fail
  std::vector<std::pair<std::string, std::string>> headers;
  bool close = false;  ///< the rest of the request cannot be read

  Problem&& with_header(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
};
[[nodiscard]] std::string to_json(const Problem& problem);

template <class T>
using Checked = tl::expected<T, Problem>;

// One function per kind; each takes the detail.
[[nodiscard]] Problem malformed(std::string detail);       // 400
[[nodiscard]] Problem invalid(std::vector<Fault> faults);  // 422
[[nodiscard]] Problem invalid(std::string where, std::string detail);
[[nodiscard]] Problem unauthorized(std::string detail);                         // 401
[[nodiscard]] Problem forbidden(std::string detail);                            // 403
[[nodiscard]] Problem not_found(std::string detail);                            // 404
[[nodiscard]] Problem method_not_allowed(std::string allowed);                  // 405
[[nodiscard]] Problem not_acceptable(std::string detail);                       // 406
[[nodiscard]] Problem conflict(std::string detail);                             // 409
[[nodiscard]] Problem precondition_failed(std::string detail);                  // 412
[[nodiscard]] Problem too_large(std::string detail);                            // 413
[[nodiscard]] Problem unsupported_media(std::string detail);                    // 415
[[nodiscard]] Problem bad_range(std::string detail, std::uint64_t size_bytes);  // 416
[[nodiscard]] Problem too_many(std::string detail);                             // 429
[[nodiscard]] Problem unavailable(std::string detail);                          // 503
/// The world failed: 503, or what the code asks for (too large: 413, invalid: 422, missing: 404).
[[nodiscard]] Problem from_error(const Error& error);

[[nodiscard]] inline tl::unexpected<Problem> refuse(Problem problem) {
  return tl::unexpected(std::move(problem));
}

}  // namespace motorcade::https
