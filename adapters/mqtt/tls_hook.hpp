// Paho hides its TLS objects: this enforces the PQC configuration on every client session of the
// process that nobody else configures, and reads back what was agreed.
//
// OpenSSL calls an ex_data constructor for each SSL object made; ours puts an info callback on it,
// which sets groups and signature algorithms when a handshake starts and reads them back when it is
// done. A session that agreed on anything else ends there, before the first byte of MQTT.
#pragma once
#include <functional>
#include <string>

#include "engine/edge/tls_policy.hpp"
#include "events/result.hpp"

namespace motorcade::mqtt_edge {

struct AgreedSession {
  std::string version, group, peer_signature;
  bool as_configured{};  ///< asserted: group and signature are the policy's
};

/// Before the first connection; once per process (the last policy wins). `observe` is called on the
/// library's threads.
[[nodiscard]] Result<void> enforce_on_clients(const edge::TlsPolicy& policy,
                                              std::function<void(const AgreedSession&)> observe);

}  // namespace motorcade::mqtt_edge
