#include "vehicle_agent/vmg/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <mutex>

namespace motorcade::vmg {

namespace {
namespace ssl = boost::asio::ssl;

std::string openssl_says() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

/// Marks contexts of our own.
int own_context_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string negotiated_signature(SSL* session) {
  const char* name = nullptr;
  if (SSL_get0_peer_signature_name(session, &name) == 1 && name != nullptr) return name;
  return "none";
}
std::string negotiated_group(SSL* session) {
  const char* name = SSL_get0_group_name(session);
  return name == nullptr ? "none" : name;
}

bool lists(std::string_view list, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  while (!list.empty()) {
    const auto end = std::min(list.find(':'), list.size());
    if (std::ranges::equal(list.substr(0, end), name, same)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::optional<digest::Sha256> public_key_digest(SSL* session) {
  X509* certificate = SSL_get0_peer_certificate(session);
  if (certificate == nullptr) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return std::nullopt;
  const auto hash =
      digest::sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

struct Hidden {
  std::mutex guard;  // Paho's threads call back
  TlsPolicy policy;
  std::string last;
};
Hidden& hidden() {
  static Hidden instance;
  return instance;
}

void on_hidden_event(const SSL* session, int where, int) {
  auto* s = const_cast<SSL*>(session);
  if (SSL_is_server(s) != 0 ||
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(s), own_context_index()) != nullptr)
    return;
  const std::lock_guard lock(hidden().guard);
  if ((where & SSL_CB_HANDSHAKE_START) != 0) {
    const auto& policy = hidden().policy;
    SSL_set_min_proto_version(s, TLS1_3_VERSION);
    SSL_set1_groups_list(s, policy.groups.c_str());
    SSL_set1_sigalgs_list(s, policy.signatures.c_str());
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0)
    hidden().last =
        std::string(SSL_get_version(s)) + " " + negotiated_group(s) + " " + negotiated_signature(s);
}

void on_new_session(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  SSL_set_info_callback(static_cast<SSL*>(parent), on_hidden_event);
}

Result<void> set_policy(SSL_CTX* context, const TlsPolicy& policy) {
  if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set1_groups_list(context, policy.groups.c_str()) != 1)
    return failure(Errc::kTls, "groups " + policy.groups + ": " + openssl_says());
  if (SSL_CTX_set1_sigalgs_list(context, policy.signatures.c_str()) != 1)
    return failure(Errc::kTls, "signatures " + policy.signatures + ": " + openssl_says());
  return {};
}
}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsPolicy& policy,
                                                       const TlsIdentity& identity) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_ex_data(raw, own_context_index(), raw);
  TRY_VOID(set_policy(raw, policy));
  boost::system::error_code failed;
  const auto check = [&](const std::filesystem::path& file) -> Result<void> {
    if (failed) return failure(Errc::kTls, file.string() + ": " + failed.message());
    return {};
  };
  context->load_verify_file(identity.ca.string(), failed);
  TRY_VOID(check(identity.ca));
  if (!identity.certificate.empty()) {
    context->use_certificate_chain_file(identity.certificate.string(), failed);
    TRY_VOID(check(identity.certificate));
    context->use_private_key_file(identity.key.string(), ssl::context::pem, failed);
    TRY_VOID(check(identity.key));
  }
  context->set_verify_mode(ssl::verify_peer, failed);
  return context;
}

Result<void> check_session(SSL* session, const TlsPolicy& policy, const TlsIdentity& identity) {
  const auto group = negotiated_group(session), signature = negotiated_signature(session);
  if (!lists(policy.groups, group) || !lists(policy.signatures, signature))
    return failure(Errc::kTls, "agreed on " + group + " and " + signature +
                                   ", which the PQC configuration does not allow");
  if (identity.pin && public_key_digest(session) != identity.pin)
    return failure(Errc::kPinMismatch, "server");
  return {};
}

Result<void> enforce_on_hidden_sessions(const TlsPolicy& policy) {
  const ssl::context probe(ssl::context::tls_client);
  TRY_VOID(set_policy(const_cast<ssl::context&>(probe).native_handle(), policy));
  static const int index = SSL_get_ex_new_index(0, nullptr, on_new_session, nullptr, nullptr);
  if (index < 0) return failure(Errc::kTls, "no hook into OpenSSL");
  (void)own_context_index();
  const std::lock_guard lock(hidden().guard);
  hidden().policy = policy;
  return {};
}

std::string last_hidden_session() {
  const std::lock_guard lock(hidden().guard);
  return hidden().last;
}

}  // namespace motorcade::vmg
