// The way of raw telemetry: sealed, and off to its place, without waiting for it and without holding
// up what follows. It checks identity and size only. What is lost is counted, and said once a
// minute at most.
#pragma once
#include <memory>
#include <string>

#include "engine/edge/journal.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/key_store.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/telemetry.hpp"

namespace motorcade::edge {

struct TelemetryLimits {
  std::size_t telemetry_bytes = 64 * 1024;
};

/// Thread-safe.
class TelemetryIntake {
 public:
  /// Everything outlives this; metrics and what the journal writes to outlive `telemetry`, too.
  TelemetryIntake(ports::Telemetry& telemetry, ports::KeyStore& keys, const ports::Clock& clock,
                  ports::Metrics& metrics, Journal journal, TelemetryLimits limits = {});

  /// A vehicle that never reported, or was erased, has no key, and telemetry makes none: it is
  /// dropped, until the vehicle reports.
  void take(std::string_view vin, ContentType content_type, std::string_view body);

 private:
  class Account;
  ports::Telemetry& telemetry_;
  ports::KeyStore& keys_;
  const ports::Clock& clock_;
  TelemetryLimits limits_;
  std::shared_ptr<Account> account_;  ///< also of records that are under way
};

}  // namespace motorcade::edge
