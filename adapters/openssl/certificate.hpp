// Keys and X.509 certificates, made with OpenSSL.
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

#include "events/result.hpp"

namespace motorcade::openssl {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* it) const {
    free(it);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

struct Subject {
  std::string common_name;
  std::string usage;      ///< extendedKeyUsage: "serverAuth", "clientAuth"; empty: an authority
  std::string alt_names;  ///< subjectAltName: "DNS:localhost,IP:127.0.0.1"; empty: none
  long days{};
};

/// Fit for a TLS 1.3 signature scheme: "ecdsa_secp256r1_sha256", "mldsa44", "mldsa65", "mldsa87".
[[nodiscard]] Result<Key> make_key(const std::string& signature_scheme);
/// Signed by the issuer; by itself if `issuer` is null.
[[nodiscard]] Result<Certificate> certify(const Subject& subject, EVP_PKEY* key, X509* issuer,
                                          EVP_PKEY* issuer_key);

[[nodiscard]] Result<Key> read_key(const std::filesystem::path& file);
[[nodiscard]] Result<Certificate> read_certificate(const std::filesystem::path& file);
/// Neither ever replaces a file (file_exists). A key is readable by its owner only.
[[nodiscard]] Result<void> write_key(const std::filesystem::path& file, EVP_PKEY* key);
[[nodiscard]] Result<void> write_certificate(const std::filesystem::path& file, X509* certificate);

}  // namespace motorcade::openssl
