// A row of config/pqc_configs.yaml: the TLS 1.3 group and signature that both edges enforce and
// assert.
#pragma once
#include <string>
#include <vector>

namespace motorcade::edge {

struct TlsPolicy {
  int id = 13;
  std::string name = "X25519MLKEM768 + ECDSA P-256";
  std::string group = "X25519MLKEM768";              ///< as OpenSSL names TLS groups
  std::string signature = "ecdsa_secp256r1_sha256";  ///< as OpenSSL names TLS signature schemes
};

}  // namespace motorcade::edge
