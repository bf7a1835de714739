#include "adapters/mqtt/tls_hook.hpp"

#include <openssl/ssl.h>
#include <pthread.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <string_view>

#include "adapters/mqtt/errc.hpp"

namespace motorcade::mqtt_edge {
namespace {

struct Hook {
  std::mutex mutex;
  edge::TlsPolicy policy;
  std::function<void(const AgreedSession&)> observe;
};
Hook& hook() {
  static Hook instance;
  return instance;
}

/// OpenSSL and the table differ in case: "x25519".
bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// libpq's sessions are PostgreSQL's affair (`sslmode` in its URI): the policy is the broker's.
bool is_of_libpq(const SSL* ssl) {
  const BIO* bio = SSL_get_rbio(ssl);
  return bio != nullptr && std::string_view(BIO_method_name(bio)) == "libpq socket";
}

/// librdkafka's threads name themselves. Its sessions obey the `log.client` settings (ssl.*): the
/// brokers of a Kafka cluster are Java, whose TLS knows no hybrid group yet.
bool is_of_kafka() {
  char name[16] = {};
  return pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
         std::string_view(name).starts_with("rdk:");
}

/// Neither side hears another word: the library finds the session over, and tries again.
void end_session(SSL* ssl) {
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void handshake_done(SSL* ssl) {
  const char* group = SSL_get0_group_name(ssl);
  const char* signature = nullptr;
  if (SSL_get0_peer_signature_name(ssl, &signature) != 1) signature = nullptr;
  AgreedSession agreed{SSL_get_version(ssl), group != nullptr ? group : "",
                       signature != nullptr ? signature : "", false};
  std::function<void(const AgreedSession&)> observe;
  {
    const std::lock_guard lock(hook().mutex);
    agreed.as_configured = same_name(agreed.group, hook().policy.group) &&
                           same_name(agreed.peer_signature, hook().policy.signature);
    observe = hook().observe;
  }
  if (!agreed.as_configured) end_session(ssl);
  if (observe) observe(agreed);
}

void on_tls_event(const SSL* session, int where, int) {
  if (SSL_is_server(session) != 0 || is_of_libpq(session) || is_of_kafka()) return;
  auto* ssl = const_cast<SSL*>(session);
  if ((where & SSL_CB_HANDSHAKE_START) != 0) {
    const std::lock_guard lock(hook().mutex);
    SSL_set_min_proto_version(ssl, TLS1_3_VERSION);
    SSL_set1_groups_list(ssl, hook().policy.group.c_str());
    SSL_set1_sigalgs_list(ssl, hook().policy.signature.c_str());
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) handshake_done(ssl);
}

void on_new_ssl(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) {
  SSL_set_info_callback(static_cast<SSL*>(parent), on_tls_event);
}

/// A policy that OpenSSL does not know must be refused here, not silently ignored in a handshake.
bool understood(const edge::TlsPolicy& policy) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  const bool ok = context != nullptr &&
                  SSL_CTX_set1_groups_list(context, policy.group.c_str()) == 1 &&
                  SSL_CTX_set1_sigalgs_list(context, policy.signature.c_str()) == 1;
  SSL_CTX_free(context);
  return ok;
}

}  // namespace

Result<void> enforce_on_clients(const edge::TlsPolicy& policy,
                                std::function<void(const AgreedSession&)> observe) {
  if (!understood(policy))
    return failure(Errc::kTls, "PQC configuration " + std::to_string(policy.id) + " (" +
                                   policy.group + ", " + policy.signature +
                                   ") is not known to this OpenSSL");
  static std::once_flag installed;
  {
    const std::lock_guard lock(hook().mutex);
    hook().policy = policy;
    hook().observe = std::move(observe);
  }
  std::call_once(installed, [] { SSL_get_ex_new_index(0, nullptr, on_new_ssl, nullptr, nullptr); });
  return {};
}

}  // namespace motorcade::mqtt_edge
