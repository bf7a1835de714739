// The tables of config/: PQC configurations and the ECU registry.
#pragma once
#include <filesystem>

#include "engine/edge/ecu_registry.hpp"
#include "engine/edge/tls_policy.hpp"
#include "events/result.hpp"

namespace motorcade::app {

[[nodiscard]] Result<edge::TlsPolicy> load_policy(const std::filesystem::path& table, int id);
[[nodiscard]] Result<edge::EcuRegistry> load_registry(const std::filesystem::path& file);

}  // namespace motorcade::app
