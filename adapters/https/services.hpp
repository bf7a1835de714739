// What the handlers work with: the ports and the edge's own rooms, put together by the composition
// root.
#pragma once
#include <chrono>
#include <functional>

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

struct Limits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t json_bytes = 1024 * 1024;
  std::uint64_t upload_bytes = 4ULL << 30;
  std::size_t connections = 4096;
  std::size_t pending_writes = 1024;  ///< requests that wait for their outcome; more: 429
  std::size_t parallel_uploads = 4;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds idle{60'000};      ///< between two requests of a connection
  std::chrono::milliseconds transfer{30'000};  ///< for the next piece of a body, either way
  std::chrono::milliseconds outcome{5'000};    ///< a write waits this long, then answers 202
  std::chrono::milliseconds projector{5'000};  ///< a read with a position waits this long: 503
  std::chrono::milliseconds shutdown{10'000};  ///< for requests that are under way
};

struct Readiness {
  bool ready = true;
  std::string why;  ///< not ready
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
};

}  // namespace motorcade::https
