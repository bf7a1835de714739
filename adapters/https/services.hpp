// What the handlers work with: the ports and the edge's own rooms, put together by the composition
// root.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>

#include "adapters/https/limits.hpp"
#include "engine/edge/ecu_registry.hpp"
#include "engine/edge/intake.hpp"
#include "engine/edge/journal.hpp"
#include "engine/edge/presigned_links.hpp"
#include "engine/edge/replies.hpp"
#include "engine/edge/tokens.hpp"
#include "engine/ports/artifact_store.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/owner_states.hpp"
#include "engine/ports/read_model.hpp"

namespace motorcade::https {

namespace asio = boost::asio;

/// The parts of the server that cannot serve just now, and why; none: it is ready.
struct Readiness {
  std::vector<std::pair<std::string, std::string>> missing;
};

/// Everything outlives the server. Functions that are empty are not offered.
struct Services {
  edge::Intake& intake;
  edge::Replies& replies;
  ports::KeyStore& keys;
  ports::ReadModel& rows;
  ports::ArtifactStore& artifacts;
  const edge::PresignedLinks& links;
  const edge::TokenStore& tokens;
  const edge::EcuRegistry& ecus;
  const ports::Clock& clock;
  ports::Metrics& metrics;
  ports::OwnerStates* states = nullptr;
  /// What vehicles of a configuration need of these releases, and its key (engine/core).
  std::function<PackageContent(const Configuration&, const std::vector<ReleaseTarget>&)>
      plan_package;
  std::function<PackageKey(const PackageContent&)> package_key;
  std::function<Readiness()> readiness;
  edge::Journal journal;
  /// Answers the id under which the log goes on to know the vehicle (engine/edge/erasure.hpp).
  std::function<asio::awaitable<Result<VehicleId>>(std::string vin)> erase_vehicle = {};
  /// A backup of the log under this name; answers its directory. file_exists: there is one.
  std::function<asio::awaitable<Result<std::filesystem::path>>(std::string name)> back_up = {};
  /// Why this process answers only the routes that every process answers; empty: it answers all.
  std::string no_edge = {};
};

}  // namespace motorcade::https
