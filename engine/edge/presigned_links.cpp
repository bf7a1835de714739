#include "engine/edge/presigned_links.hpp"

#include <charconv>

#include "digest/digest.hpp"
#include "engine/edge/random.hpp"

namespace motorcade::edge {
namespace {
std::int64_t seconds_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}
}  // namespace

std::string PresignedLinks::token_for(const Digest& package, std::int64_t expiry) const {
  const auto until = std::to_string(expiry);
  const auto mac = Digest{digest::hmac_sha256(key_, to_hex(package) + '.' + until)};
  return until + '.' + to_hex(mac);
}

ports::PackageLink PresignedLinks::link(const Artifact& artifact, Time now) const {
  return {public_url_ + "/api/v1/ota/package/" + to_hex(artifact.digest),
          token_for(artifact.digest, seconds_of(now + validity_))};
}

PresignedLinks::Verdict PresignedLinks::verify(const Digest& package, std::string_view token,
                                               Time now) const {
  std::int64_t expiry = 0;
  const auto dot = std::min(token.find('.'), token.size());
  const auto [end, error] = std::from_chars(token.data(), token.data() + dot, expiry);
  if (error != std::errc{} || end != token.data() + dot) return Verdict::kForged;
  if (!equal_in_constant_time(token, token_for(package, expiry))) return Verdict::kForged;
  return seconds_of(now) < expiry ? Verdict::kGood : Verdict::kExpired;
}

}  // namespace motorcade::edge
