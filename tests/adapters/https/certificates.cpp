#include "adapters/https/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace motorcade::https::testing_support {
namespace {
void write(const std::filesystem::path& path, X509* certificate, EVP_PKEY* key) {
  FILE* file = std::fopen(path.c_str(), "w");
  if (certificate != nullptr) PEM_write_X509(file, certificate);
  if (key != nullptr) PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509* certify(const std::string& name, EVP_PKEY* subject, X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1;
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME* own = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(own, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const bool self = issuer == nullptr;
  X509_set_issuer_name(certificate, self ? own : X509_get_subject_name(issuer));
  X509_set_pubkey(certificate, subject);
  extend(certificate, self ? certificate : issuer, NID_basic_constraints,
         self ? "critical,CA:TRUE" : "CA:FALSE");
  if (!self) extend(certificate, issuer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  X509_sign(certificate, issuer_key, EVP_sha256());
  return certificate;
}
}  // namespace

struct Authority::Keys {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = nullptr;
  ~Keys() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
};

Authority::Authority(std::filesystem::path directory)
    : directory_(std::move(directory)), keys_(std::make_unique<Keys>()) {
  std::filesystem::create_directories(directory_);
  keys_->certificate = certify("Test vehicles' CA", keys_->key, nullptr, keys_->key);
  write(certificate(), keys_->certificate, nullptr);
}
Authority::~Authority() = default;

Identity Authority::issue(const std::string& common_name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* issued = certify(common_name, key, keys_->certificate, keys_->key);
  const Identity identity{directory_ / (common_name + ".pem"), directory_ / (common_name + ".key")};
  write(identity.certificate, issued, nullptr);
  write(identity.key, nullptr, key);
  X509_free(issued);
  EVP_PKEY_free(key);
  return identity;
}

}  // namespace motorcade::https::testing_support
