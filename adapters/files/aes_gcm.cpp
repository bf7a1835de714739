#include "adapters/files/aes_gcm.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "adapters/files/error.hpp"

namespace motorcade::files {
namespace {

constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;
constexpr std::size_t kMaxBytes = 1 << 30;  // OpenSSL counts in int
struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::uint8_t* bytes_of(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return fetched;
}

}  // namespace

Result<Key256> random_key() {
  Key256 key;
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
    return file_failure(FileErrc::kCrypto, "making a random key");
  return key;
}

Result<std::string> gcm_seal(const Key256& key, std::string_view with, std::string_view plain) {
  if (plain.size() > kMaxBytes) return failure(std::errc::message_size, "sealing");
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  auto* const nonce = bytes_of(sealed);
  auto* const body = nonce + kNonceBytes;
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool ok =
      RAND_bytes(nonce, kNonceBytes) == 1 &&
      EVP_EncryptInit_ex2(context.get(), cipher(), key.data(), nonce, nullptr) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(with),
                        static_cast<int>(with.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), body, &size, bytes_of(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), body + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plain.size()) == 1;
  if (!ok) return file_failure(FileErrc::kCrypto, "sealing");
  return sealed;
}

std::optional<std::string> gcm_open(const Key256& key, std::string_view with,
                                    std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  if (sealed.size() > kMaxBytes + kNonceBytes + kTagBytes) return std::nullopt;
  const auto body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes)), plain(body.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool ok =
      EVP_DecryptInit_ex2(context.get(), cipher(), key.data(), bytes_of(sealed), nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(with),
                        static_cast<int>(with.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(plain), &size, bytes_of(body),
                        static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &size) == 1;
  if (!ok) return std::nullopt;
  return plain;
}

}  // namespace motorcade::files
