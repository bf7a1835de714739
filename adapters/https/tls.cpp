#include "adapters/https/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cctype>

#include "adapters/https/errc.hpp"

namespace motorcade::https {
namespace {
namespace ssl = boost::asio::ssl;

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "https"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::kPolicy:
        return "this OpenSSL cannot do what the TLS policy asks for";
      case Errc::kCertificate:
        return "the certificate, its key or the client CA is not usable";
      case Errc::kListen:
        return "the address cannot be listened on";
    }
    return "unknown";
  }
};

std::string openssl_says() {
  char text[256] = "no further word";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

Result<void> set_policy(SSL_CTX* context, const edge::TlsPolicy& policy) {
  const bool set = SSL_CTX_set1_groups_list(context, policy.group.c_str()) == 1 &&
                   SSL_CTX_set1_sigalgs_list(context, policy.signature.c_str()) == 1 &&
                   SSL_CTX_set1_client_sigalgs_list(context, policy.signature.c_str()) == 1;
  if (set) return {};
  return failure(Errc::kPolicy, "TLS policy " + std::to_string(policy.id) + " (" + policy.group +
                                    ", " + policy.signature + "): " + openssl_says());
}

Result<void> set_identity(SSL_CTX* context, const TlsFiles& files) {
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return failure(Errc::kCertificate, files.certificate.string() + ": " + openssl_says());
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return failure(Errc::kCertificate, files.key.string() + ": " + openssl_says());
  return {};
}

Result<void> set_client_ca(SSL_CTX* context, const std::filesystem::path& file) {
  if (file.empty()) return {};
  if (SSL_CTX_load_verify_file(context, file.c_str()) != 1)
    return failure(Errc::kCertificate, file.string() + ": " + openssl_says());
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, nullptr);
  return {};
}

std::string common_name_of(SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return {};
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  // Two common names: somebody is playing; which one would be the vehicle's?
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return name;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}
}  // namespace

const std::error_category& category() {
  static const Category instance;
  return instance;
}

Result<ssl::context> make_tls_context(const edge::TlsPolicy& policy, const TlsFiles& files) {
  ERR_clear_error();
  ssl::context context(ssl::context::tls_server);
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  TRY_VOID(set_policy(native, policy));
  TRY_VOID(set_identity(native, files));
  TRY_VOID(set_client_ca(native, files.client_ca));
  return context;
}

TlsSession observe(SSL* ssl) {
  TlsSession session;
  if (const char* group = SSL_get0_group_name(ssl)) session.group = group;
  if (SSL_get0_peer_certificate(ssl) != nullptr) {
    const char* signature = nullptr;
    if (SSL_get0_peer_signature_name(ssl, &signature) == 1 && signature != nullptr)
      session.peer_signature = signature;
    session.common_name = common_name_of(ssl);
  }
  return session;
}

bool obeys(const TlsSession& session, const edge::TlsPolicy& policy) {
  return same_name(session.group, policy.group) &&
         (session.common_name.empty() || same_name(session.peer_signature, policy.signature));
}

}  // namespace motorcade::https
