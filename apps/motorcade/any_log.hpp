// The log that the configuration names, behind its ports: nobody beyond this file knows which.
#pragma once
#include <functional>
#include <memory>

#include "engine/ports/membership.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/movable_log.hpp"
#include "engine/ports/reporter.hpp"
#include "engine/ports/snapshot_store.hpp"
#include "engine/ports/telemetry.hpp"
#include "motorcade/config.hpp"

namespace motorcade::app {

namespace asio = boost::asio;

struct AnyLog {
  std::shared_ptr<ports::MovableLog> it;
  bool alone = false;  ///< no other process can be on it
  /// A backup while it is used, in a directory that is not there yet. None: brokers keep replicas.
  std::function<asio::awaitable<Result<void>>(Path)> checkpoint;
  /// For all processes of the log; they live no longer than it. None: there is but this process.
  std::function<Result<std::unique_ptr<ports::SnapshotStore>>()> snapshots;
  /// Among the processes that have a role on this log; it lives no longer than the log.
  std::function<Result<std::unique_ptr<ports::Membership>>(Role)> membership;
  /// Where raw telemetry goes, which edges ask for.
  std::function<Result<std::shared_ptr<ports::Telemetry>>()> telemetry;
};
/// To write; made if it is not there yet. What it has to say besides is told to the two, which
/// outlive it.
[[nodiscard]] Result<AnyLog> open_log(const Config& config, ports::Reporter& reporter,
                                      ports::Metrics& metrics);

/// Whether a log could be made there: that it answers, and there is none yet.
[[nodiscard]] Result<void> check_place_for_log(const Config& config);
/// To move: one that is there, and one that is made as its copy.
[[nodiscard]] Result<AnyLog> open_log_to_move(const Config& config);
[[nodiscard]] Result<AnyLog> make_log(const Config& config, ports::Heritage heritage);

/// To read, also while engines run on it. `scratch` is a directory of the reader's own.
[[nodiscard]] Result<std::shared_ptr<ports::EventLog>> follow_log(const Config& config,
                                                                  const Path& scratch);
[[nodiscard]] Result<std::unique_ptr<ports::TelemetryReader>> follow_telemetry(const Config& config,
                                                                               const Path& scratch);

}  // namespace motorcade::app
