#include "otap/keys.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "otap/source.hpp"

namespace motorcade::otap {
namespace {

constexpr std::size_t pem_limit_bytes = 64 * 1024;
using Pkey = std::shared_ptr<EVP_PKEY>;
struct BioFree {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;

Pkey owned(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

std::string openssl_reason() {
  std::array<char, 256> text{};
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

/// Never asks a terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view(group.data()) == "prime256v1";
}

template <class Read>
Result<std::pair<Pkey, Pkey>> read_pair(std::string_view pem, const char* kind, Read read) {
  if (pem.size() > pem_limit_bytes) return failure(Errc::bad_key, "a PEM of more than 64 KiB");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::array<Pkey, 2> keys;
  for (auto& key : keys) {
    key = owned(read(bio.get()));
    if (!key) {
      return failure(Errc::bad_key, std::string("two PEM blocks \"") + kind +
                                        "\" are needed, P-256 and ML-DSA-65: " + openssl_reason());
    }
  }
  if (!is_p256(keys[0].get())) return failure(Errc::bad_key, "the first key is not ECDSA P-256");
  if (EVP_PKEY_is_a(keys[1].get(), "ML-DSA-65") != 1) {
    return failure(Errc::bad_key, "the second key is not ML-DSA-65");
  }
  return std::pair(keys[0], keys[1]);
}

Result<KeyId> key_id(EVP_PKEY* ecdsa, EVP_PKEY* ml_dsa) {
  digest::Sha256Stream both;
  for (auto* key : {ecdsa, ml_dsa}) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) return failure(Errc::bad_key, "encoding a public key: " + openssl_reason());
    both.update({reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
  }
  return both.finish();
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<std::string> read_key_file(const std::filesystem::path& path) {
  OTAP_TRY(auto source, file_source(path));
  return read_all(*source, pem_limit_bytes);
}

Error named(const std::filesystem::path& path, Error error) {
  return {error.code, path.string() + ": " + error.context};
}

}  // namespace

Result<VerifyingKeys> VerifyingKeys::from_pem(std::string_view pem) {
  OTAP_TRY(auto pair, read_pair(pem, "PUBLIC KEY", [](BIO* bio) {
             return PEM_read_bio_PUBKEY(bio, nullptr, no_passphrase, nullptr);
           }));
  VerifyingKeys keys;
  OTAP_TRY(keys.id_, key_id(pair.first.get(), pair.second.get()));
  keys.ecdsa_ = std::move(pair.first);
  keys.ml_dsa_ = std::move(pair.second);
  return keys;
}

Result<VerifyingKeys> VerifyingKeys::load(const std::filesystem::path& path) {
  OTAP_TRY(const auto pem, read_key_file(path));
  return from_pem(pem).map_error([&](Error error) { return named(path, std::move(error)); });
}

std::string VerifyingKeys::to_pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), ecdsa());
  PEM_write_bio_PUBKEY(bio.get(), ml_dsa());
  return contents(bio.get());
}

Result<SigningKeys> SigningKeys::generate() {
  SigningKeys keys;
  keys.keys_.ecdsa_ = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  keys.keys_.ml_dsa_ = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ML-DSA-65"));
  if (!keys.keys_.ecdsa_ || !keys.keys_.ml_dsa_) {
    return failure(Errc::crypto_failed, "making keys: " + openssl_reason());
  }
  OTAP_TRY(keys.keys_.id_, key_id(keys.keys_.ecdsa(), keys.keys_.ml_dsa()));
  return keys;
}

Result<SigningKeys> SigningKeys::from_pem(std::string_view pem) {
  OTAP_TRY(auto pair, read_pair(pem, "PRIVATE KEY", [](BIO* bio) {
             return PEM_read_bio_PrivateKey(bio, nullptr, no_passphrase, nullptr);
           }));
  SigningKeys keys;
  OTAP_TRY(keys.keys_.id_, key_id(pair.first.get(), pair.second.get()));
  keys.keys_.ecdsa_ = std::move(pair.first);
  keys.keys_.ml_dsa_ = std::move(pair.second);
  return keys;
}

Result<SigningKeys> SigningKeys::load(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return failure(Errc::bad_key, path.string() + " may be read by others: chmod 600 it");
  }
  OTAP_TRY(const auto pem, read_key_file(path));
  return from_pem(pem).map_error([&](Error error) { return named(path, std::move(error)); });
}

Result<void> SigningKeys::save(const std::filesystem::path& path) const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  for (auto* key : {keys_.ecdsa(), keys_.ml_dsa()}) {
    if (PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
      return failure(Errc::crypto_failed, "encoding a private key: " + openssl_reason());
    }
  }
  OTAP_TRY(auto file, FileSink::create_private(path));
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  OTAP_TRY_VOID(file.write({data, static_cast<std::size_t>(size)}));
  return file.close();
}

}  // namespace motorcade::otap
