// One Idempotency-Key, one body: the id of a request that acts on what is there already.
#pragma once
#include <string_view>

#include "events/ids.hpp"

namespace motorcade::edge {

/// So many bytes of the id stay; a campaign's machine compares them, and those that follow.
inline constexpr std::size_t kRequestKeyBytes = 12;

/// `key` (request_id) with its last bytes taken by SHA-256(body): the same body has the same id,
/// another one is known as another body of the same key.
[[nodiscard]] MessageId with_body(MessageId key, std::string_view body);

}  // namespace motorcade::edge
