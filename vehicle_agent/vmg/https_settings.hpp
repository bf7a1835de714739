// How the VMG speaks to its server over HTTPS, whatever it asks for.
#pragma once
#include <string>

#include "vehicle_agent/vmg/tls.hpp"

namespace motorcade::vmg {

struct HttpsSettings {
  TlsPolicy policy;
  TlsIdentity identity;
  std::chrono::milliseconds timeout = std::chrono::seconds(30);  ///< of each step without progress
};

/// "https://host:port/target"; port 443 if there is none.
struct HttpsUrl {
  std::string host, port, target;
};
/// Errors: kRefused.
[[nodiscard]] Result<HttpsUrl> parse_https_url(std::string_view url);

}  // namespace motorcade::vmg
