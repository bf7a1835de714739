#include "adapters/https/content_digest.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace motorcade::https {
namespace {
constexpr std::string_view kPrefix = "sha-256=:";
constexpr std::size_t kEncoded = 44;  // of 32 bytes

std::string base64(const Digest& digest) {
  std::array<unsigned char, kEncoded + 1> text{};
  EVP_EncodeBlock(text.data(), digest.bytes.data(), static_cast<int>(digest.bytes.size()));
  return {reinterpret_cast<const char*>(text.data()), kEncoded};
}

/// None: not the one encoding of 32 bytes.
std::optional<Digest> from_base64(std::string_view text) {
  std::array<unsigned char, kEncoded> bytes{};
  if (text.size() != kEncoded) return std::nullopt;
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DecodeBlock(bytes.data(), in, static_cast<int>(kEncoded)) < 32) return std::nullopt;
  Digest digest;
  std::copy_n(bytes.begin(), 32, digest.bytes.begin());
  if (base64(digest) != text) return std::nullopt;
  return digest;
}
}  // namespace

std::string content_digest(const Digest& digest) {
  return std::string(kPrefix) + base64(digest) + ':';
}

Checked<std::optional<Digest>> content_digest_from(std::string_view header) {
  while (!header.empty()) {
    auto member = header.substr(0, header.find(','));
    header.remove_prefix(std::min(member.size() + 1, header.size()));
    while (member.starts_with(' ')) member.remove_prefix(1);
    while (member.ends_with(' ')) member.remove_suffix(1);
    if (!member.starts_with("sha-256=")) continue;
    const bool framed =
        member.size() > kPrefix.size() && member.starts_with(kPrefix) && member.ends_with(':');
    const auto digest =
        framed ? from_base64(member.substr(kPrefix.size(), member.size() - kPrefix.size() - 1))
               : std::nullopt;
    if (!digest)
      return refuse(malformed("the header Content-Digest is not sha-256=:base64 of 32 bytes:"));
    return digest;
  }
  return std::optional<Digest>();
}

}  // namespace motorcade::https
