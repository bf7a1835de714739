#include "vehicle_agent/uds/seed_key.hpp"

#include "digest/digest.hpp"

namespace motorcade::uds {

Bytes key_for_seed(std::string_view secret, ByteView seed) {
  const auto mac =
      digest::hmac_sha256(secret, {reinterpret_cast<const char*>(seed.data()), seed.size()});
  return {mac.begin(), mac.begin() + 16};
}

}  // namespace motorcade::uds
