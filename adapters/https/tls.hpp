// TLS 1.3 as the policy says: set on the context, so that a peer outside it is refused with an
// alert, and read back after each handshake, so that nobody need believe it.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/edge/tls_policy.hpp"
#include "events/result.hpp"

namespace motorcade::https {

struct TlsFiles {
  std::filesystem::path certificate;  ///< chain, PEM, leaf first
  std::filesystem::path key;          ///< PEM
  std::filesystem::path client_ca;    ///< of vehicles, PEM; empty: no client certificates
};

/// A server context: TLS 1.3 only, no resumption (each session shows its group and signature),
/// client certificates asked for but not demanded.
[[nodiscard]] Result<boost::asio::ssl::context> make_tls_context(const edge::TlsPolicy& policy,
                                                                 const TlsFiles& files);

/// What a handshake agreed on.
struct TlsSession {
  std::string group;
  std::string peer_signature;  ///< of the client's certificate; empty: it showed none
  std::string common_name;     ///< of the client's verified certificate; empty: none
};
[[nodiscard]] TlsSession observe(SSL* ssl);
/// Whether it is what the policy asks for.
[[nodiscard]] bool obeys(const TlsSession& session, const edge::TlsPolicy& policy);

}  // namespace motorcade::https
