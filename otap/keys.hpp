// The two keys of a signer: ECDSA P-256 and ML-DSA-65, always as a pair and always in one PEM file,
// so that no half can be swapped or forgotten.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "digest/digest.hpp"
#include "otap/error.hpp"

struct evp_pkey_st;

namespace motorcade::otap {

/// SHA-256 of both public keys (SubjectPublicKeyInfo DER, ECDSA first).
using KeyId = digest::Sha256;

class VerifyingKeys {
 public:
  /// Two "PUBLIC KEY" blocks: P-256, then ML-DSA-65. Errors: bad_key.
  [[nodiscard]] static Result<VerifyingKeys> from_pem(std::string_view pem);
  [[nodiscard]] static Result<VerifyingKeys> load(const std::filesystem::path& path);
  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] evp_pkey_st* ecdsa() const { return ecdsa_.get(); }
  [[nodiscard]] evp_pkey_st* ml_dsa() const { return ml_dsa_.get(); }

 private:
  friend class SigningKeys;
  std::shared_ptr<evp_pkey_st> ecdsa_, ml_dsa_;
  KeyId id_{};
};

class SigningKeys {
 public:
  [[nodiscard]] static Result<SigningKeys> generate();
  /// Two "PRIVATE KEY" blocks (PKCS #8, not encrypted): P-256, then ML-DSA-65. Errors: bad_key.
  [[nodiscard]] static Result<SigningKeys> from_pem(std::string_view pem);
  /// Refuses a file that others may read.
  [[nodiscard]] static Result<SigningKeys> load(const std::filesystem::path& path);
  /// Writes a new file with mode 0600; refuses to replace one.
  [[nodiscard]] Result<void> save(const std::filesystem::path& path) const;
  [[nodiscard]] const VerifyingKeys& verifying_keys() const { return keys_; }

 private:
  VerifyingKeys keys_;  // the same EVP_PKEYs, which hold the private halves too
};

}  // namespace motorcade::otap
