#include "engine/edge/request_body.hpp"

#include <algorithm>

#include "digest/digest.hpp"

namespace motorcade::edge {

MessageId with_body(MessageId key, std::string_view body) {
  const auto hash = digest::sha256(body);
  std::copy_n(hash.begin(), key.bytes.size() - kRequestKeyBytes,
              key.bytes.begin() + kRequestKeyBytes);
  return key;
}

}  // namespace motorcade::edge
