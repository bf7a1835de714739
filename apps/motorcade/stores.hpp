// What a process stands on: the log, the tables of config/, and stores of files. Processes of one log
// share one directory of each store; whatever one makes at its start, the others find.
#pragma once
#include "adapters/files/artifact_store.hpp"
#include "adapters/files/checkpoint_store.hpp"
#include "adapters/files/key_store.hpp"
#include "adapters/files/snapshot_store.hpp"
#include "engine/edge/ecu_registry.hpp"
#include "engine/edge/tls_policy.hpp"
#include "engine/edge/tokens.hpp"
#include "engine/ports/reporter.hpp"
#include "motorcade/any_log.hpp"
#include "otap/keys.hpp"

namespace motorcade::app {

struct Stores {
  edge::TlsPolicy policy;
  edge::EcuRegistry ecus;
  std::optional<edge::TokenStore> tokens;
  AnyLog log;
  std::unique_ptr<files::KeyFiles> keys;
  std::unique_ptr<files::ArtifactFiles> artifacts;
  std::unique_ptr<ports::SnapshotStore> snapshots;
  std::unique_ptr<files::CheckpointFiles> checkpoints;
  std::optional<otap::SigningKeys> signing;  ///< of builders

  Result<void> open(const Config& config, ports::Reporter& reporter, ports::Metrics& metrics);
};

}  // namespace motorcade::app
