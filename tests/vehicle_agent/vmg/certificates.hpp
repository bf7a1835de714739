// A certificate authority for one test: P-256, made in memory.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "digest/digest.hpp"
#include "vehicle_agent/vmg/scratch.hpp"

namespace motorcade::test {

struct OpensslFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, OpensslFree>;
using Certificate = std::unique_ptr<X509, OpensslFree>;

class Authority {
 public:
  /// Writes ca.crt, server.crt, server.key (for localhost and 127.0.0.1) into the directory.
  explicit Authority(const std::filesystem::path& directory) : directory_(directory) {
    key_ = make_key();
    certificate_ = make("test authority", key_.get(), "", true);
    write("ca.crt", certificate_.get());
    const auto key = make_key();
    const auto server = make("localhost", key.get(), "DNS:localhost,IP:127.0.0.1", false);
    write("server.crt", server.get());
    write("server.key", key.get());
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(server.get()), &der);
    pin_ = digest::sha256({reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
  }
  [[nodiscard]] const digest::Sha256& pin() const { return pin_; }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return directory_ / name; }

 private:
  static Key make_key() { return Key(EVP_EC_gen("P-256")); }
  Certificate make(const char* name, EVP_PKEY* key, const char* names, bool authority) {
    Certificate made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
    X509_set_pubkey(made.get(), key);
    auto* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(made.get(),
                         certificate_ ? X509_get_subject_name(certificate_.get()) : subject);
    add(made.get(), NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (*names != '\0') add(made.get(), NID_subject_alt_name, names);
    X509_sign(made.get(), key_.get(), EVP_sha256());
    return made;
  }
  static void add(X509* certificate, int nid, const char* value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  void write(const char* name, X509* certificate) const {
    const std::unique_ptr<BIO, OpensslFree> out(BIO_new_file(file(name).c_str(), "w"));
    PEM_write_bio_X509(out.get(), certificate);
  }
  void write(const char* name, EVP_PKEY* key) const {
    const std::unique_ptr<BIO, OpensslFree> out(BIO_new_file(file(name).c_str(), "w"));
    PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }

  std::filesystem::path directory_;
  Key key_;
  Certificate certificate_;
  digest::Sha256 pin_{};
  long serial_ = 0;
};

}  // namespace motorcade::test
