#include "adapters/openssl/certificate.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>

namespace motorcade::openssl {
namespace {

namespace fs = std::filesystem;
using Memory = std::unique_ptr<BIO, Freed<BIO_free_all>>;

tl::unexpected<Error> failed(const std::string& what) {
  char text[256] = "no further word";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return failure(std::errc::invalid_argument, what + ": " + text);
}

bool extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool extend_all(X509* certificate, X509* issuer, const Subject& subject) {
  const bool authority = subject.usage.empty();
  return extend(certificate, issuer, NID_basic_constraints,
                authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
         extend(certificate, issuer, NID_key_usage,
                authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
         extend(certificate, issuer, NID_subject_key_identifier, "hash") &&
         extend(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
         (authority || extend(certificate, issuer, NID_ext_key_usage, subject.usage)) &&
         (subject.alt_names.empty() ||
          extend(certificate, issuer, NID_subject_alt_name, subject.alt_names));
}

bool set_serial(X509* certificate) {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
  bytes[0] &= 0x7f;  // positive (RFC 5280 §4.1.2.2)
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

/// EdDSA and ML-DSA hash for themselves.
const EVP_MD* hash_for(EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "EC") == 1 ? EVP_sha256() : nullptr;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0;
}

/// Whole or not at all, and never over another file: written beside, then linked to its name.
Result<void> write_new(const fs::path& file, BIO* pem, mode_t mode) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(pem, &data);
  const auto fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  bool done = descriptor >= 0 && write_all(descriptor, {data, static_cast<std::size_t>(size)});
  done = done && ::link(fresh.c_str(), file.c_str()) == 0;
  const std::error_code error(errno, std::generic_category());
  if (descriptor >= 0) ::close(descriptor);
  ::unlink(fresh.c_str());
  if (!done) return failure(error, "writing " + file.string());
  return {};
}

}  // namespace

Result<Key> make_key(const std::string& signature_scheme) {
  EVP_PKEY* key = nullptr;
  if (signature_scheme == "ecdsa_secp256r1_sha256")
    key = EVP_EC_gen("P-256");
  else if (signature_scheme.starts_with("mldsa"))
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, ("ML-DSA-" + signature_scheme.substr(5)).c_str());
  if (key == nullptr) return failed("making a key for " + signature_scheme);
  return Key(key);
}

Result<Certificate> certify(const Subject& subject, EVP_PKEY* key, X509* issuer,
                            EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  X509* certificate = made.get();
  X509_NAME* name = X509_get_subject_name(certificate);
  X509* signer = issuer == nullptr ? certificate : issuer;
  constexpr long kMinute = 60, kDay = 24 * 60 * kMinute;
  const bool done =
      X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
      X509_gmtime_adj(X509_getm_notBefore(certificate), -5 * kMinute) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate), subject.days * kDay) != nullptr &&
      X509_NAME_add_entry_by_txt(
          name, "CN", MBSTRING_UTF8,
          reinterpret_cast<const unsigned char*>(subject.common_name.c_str()), -1, -1, 0) == 1 &&
      X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
      X509_set_pubkey(certificate, key) == 1 && extend_all(certificate, signer, subject) &&
      X509_sign(certificate, issuer_key, hash_for(issuer_key)) != 0;
  if (!done) return failed("a certificate for " + subject.common_name);
  return made;
}

Result<Key> read_key(const fs::path& file) {
  const Memory in(BIO_new_file(file.c_str(), "r"));
  Key key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key) return failed("reading the key " + file.string());
  return key;
}

Result<Certificate> read_certificate(const fs::path& file) {
  const Memory in(BIO_new_file(file.c_str(), "r"));
  Certificate certificate(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) return failed("reading the certificate " + file.string());
  return certificate;
}

Result<void> write_key(const fs::path& file, EVP_PKEY* key) {
  const Memory pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return failed("encoding the key " + file.string());
  return write_new(file, pem.get(), 0600);
}

Result<void> write_certificate(const fs::path& file, X509* certificate) {
  const Memory pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(pem.get(), certificate) != 1)
    return failed("encoding the certificate " + file.string());
  return write_new(file, pem.get(), 0644);
}

}  // namespace motorcade::openssl
