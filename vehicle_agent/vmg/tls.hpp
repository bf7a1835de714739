// TLS as the PQC configuration wants it: groups and signatures enforced, read back after the
// handshake, and the server's public key pinned.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "digest/digest.hpp"
#include "vehicle_agent/vmg/errc.hpp"

namespace motorcade::vmg {

/// One row of the table of PQC configurations, as OpenSSL spells it.
struct TlsPolicy {
  std::string groups = "X25519MLKEM768";
  std::string signatures = "ecdsa_secp256r1_sha256";
};

/// What a client connects with.
struct TlsIdentity {
  std::filesystem::path ca;  ///< PEM: who may sign the server's certificate
  std::filesystem::path certificate, key;
  /// SHA-256 of the server's SubjectPublicKeyInfo (DER); nothing: the CA suffices.
  std::optional<digest::Sha256> pin;
};

/// A client's context for TLS 1.3 and nothing older. Errors: kTls.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(
    const TlsPolicy& policy, const TlsIdentity& identity);

/// After the handshake: the agreed group and signature are in the policy, the key is the pinned
/// one. Errors: kTls, kPinMismatch.
[[nodiscard]] Result<void> check_session(SSL* ssl, const TlsPolicy& policy,
                                         const TlsIdentity& identity);

/// Paho hides its TLS objects. From now on every client session of this process that is not made by
/// make_tls_context gets this policy at the start of its handshake. The last call wins.
[[nodiscard]] Result<void> enforce_on_hidden_sessions(const TlsPolicy& policy);
/// "TLSv1.3 X25519MLKEM768 ecdsa_secp256r1_sha256" of the last hidden session that was agreed;
/// empty: none yet.
[[nodiscard]] std::string last_hidden_session();

}  // namespace motorcade::vmg
