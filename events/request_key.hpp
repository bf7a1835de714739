// The id of a request that acts on what is there already: so many bytes for who asked, where, and
// with which Idempotency-Key; the rest for what was asked (engine/edge/request_body.hpp).
#pragma once
#include "events/ids.hpp"

namespace motorcade {

inline constexpr std::size_t kRequestKeyBytes = 12;

[[nodiscard]] inline std::string_view request_key(const MessageId& request) {
  return request.view().substr(0, kRequestKeyBytes);
}

}  // namespace motorcade
