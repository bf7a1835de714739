// Raw telemetry in memory. One thread.
#pragma once
#include <deque>

#include "engine/ports/telemetry.hpp"

namespace motorcade::memory {

struct TelemetryOptions {
  std::function<Time()> now;
  Duration kept = std::chrono::days(7);
  std::size_t max_records = 100'000;  ///< more: a new one is lost
};

class Telemetry final : public ports::Telemetry, public ports::TelemetryReader {
 public:
  explicit Telemetry(TelemetryOptions options) : options_(std::move(options)) {}
  void record(ports::TelemetryRecord record, ports::Answer<Result<void>> answer) override;
  Result<void> read(const VehicleId& vehicle, Time from, const See& see) override;

 private:
  void expire();
  TelemetryOptions options_;
  std::deque<ports::TelemetryRecord> records_;
};

}  // namespace motorcade::memory
