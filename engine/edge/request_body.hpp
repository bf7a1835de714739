// One Idempotency-Key, one body: the id of a request that acts on what is there already.
#pragma once
#include <string_view>

#include "events/request_key.hpp"

namespace motorcade::edge {

/// `key` (request_id) with all behind its request_key taken by SHA-256(body): the same body has the
/// same id, another one is known as another body of the same key.
[[nodiscard]] MessageId with_body(MessageId key, std::string_view body);

}  // namespace motorcade::edge
