// The two tables of config/: TLS configurations and the ECU registry. Read once, at the start; what
// is not understood is an error that names the file and the place.
#pragma once
#include <filesystem>
#include <vector>

#include "engine/edge/ecu_registry.hpp"
#include "engine/edge/tls_policy.hpp"
#include "events/result.hpp"

namespace motorcade::yaml {

/// config/pqc_configs.yaml, in order of their ids.
[[nodiscard]] Result<std::vector<edge::TlsPolicy>> load_tls_policies(
    const std::filesystem::path& file);
/// One of them; an error that lists the ids if there is none.
[[nodiscard]] Result<edge::TlsPolicy> load_tls_policy(const std::filesystem::path& file, int id);

/// config/ecu_registry.yaml. ECU ids are unique.
[[nodiscard]] Result<edge::EcuRegistry> load_ecu_registry(const std::filesystem::path& file);

}  // namespace motorcade::yaml
