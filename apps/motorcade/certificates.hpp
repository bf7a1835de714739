// The certificates that both edges need: there, or made for development at the first start.
#pragma once
#include "engine/edge/tls_policy.hpp"
#include "engine/ports/reporter.hpp"
#include "motorcade/config.hpp"

namespace motorcade::app {

/// With `certificates: {development: true}` makes what is missing in its directory, for the edges
/// and for a broker on this machine (broker.crt), and says so aloud; never replaces a file. Then,
/// or without it, a file that a setting names and that is not there is an error that names both.
[[nodiscard]] Result<void> provide_certificates(const Config& config, const edge::TlsPolicy& policy,
                                                ports::Reporter& reporter);

/// "localhost" of "https://localhost:8443/x" and "[::1]" without its brackets; empty: none.
[[nodiscard]] std::string host_of(std::string_view url);

}  // namespace motorcade::app
