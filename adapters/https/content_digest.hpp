// Content-Digest and Repr-Digest with sha-256 (RFC 9530).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "adapters/https/problem.hpp"
#include "events/ids.hpp"

namespace motorcade::https {

/// `sha-256=:…base64…:`
[[nodiscard]] std::string content_digest(const Digest& digest);
/// The sha-256 member of the header; none if it has only other algorithms. 400: it is not
/// understood.
[[nodiscard]] Checked<std::optional<Digest>> content_digest_from(std::string_view header);

}  // namespace motorcade::https
