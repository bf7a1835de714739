// Links to packages that open for whoever holds them, until they expire.
//
//   token = expiry "." hex(HMAC-SHA-256(key, sha256-of-package-in-hex "." expiry))
//   expiry = seconds since 1970-01-01T00:00Z, decimal
#pragma once
#include "engine/ports/package_links.hpp"
#include "events/ids.hpp"

namespace motorcade::edge {

class PresignedLinks final : public ports::PackageLinks {
 public:
  /// `public_url` is what vehicles reach: "https://updates.example:8443", without a path.
  PresignedLinks(std::string key, std::string public_url,
                 std::chrono::seconds validity = std::chrono::minutes(60))
      : key_(std::move(key)), public_url_(std::move(public_url)), validity_(validity) {}

  [[nodiscard]] ports::PackageLink link(const Artifact& artifact, Time now) const override;

  enum class Verdict { kGood, kExpired, kForged };
  [[nodiscard]] Verdict verify(const Digest& package, std::string_view token, Time now) const;

 private:
  [[nodiscard]] std::string token_for(const Digest& package, std::int64_t expiry) const;

  std::string key_, public_url_;
  std::chrono::seconds validity_;
};

}  // namespace motorcade::edge
