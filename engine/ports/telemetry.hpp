// Raw telemetry: beside the log, not in it. It expires, has no sequence, nobody acknowledges it, and
// no decision reads it; so some of it may be lost, and who records it hears of that.
// Implementations pass tests/contract/telemetry_contract.
#pragma once
#include <functional>
#include <string>

#include "engine/ports/async_answer.hpp"
#include "events/envelope.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

struct TelemetryRecord {
  VehicleId vehicle;
  Time received_at;  ///< in whole milliseconds
  ContentType content_type{};
  std::string body;  ///< sealed under the vehicle's key, for the purpose "telemetry"
  friend bool operator==(const TelemetryRecord&, const TelemetryRecord&) = default;
};

class Telemetry {
 public:
  virtual ~Telemetry() = default;
  /// From any thread; waits for nothing. A vehicle's records stay in their order. `answer` is called
  /// on any thread, perhaps before this returns. An error: the record is lost; what waits is
  /// bounded, and beyond that a record is lost at once.
  virtual void record(TelemetryRecord record, Answer<Result<void>> answer) = 0;
};

class TelemetryReader {
 public:
  /// An error ends the reading, and is its answer.
  using See = std::function<Result<void>(const TelemetryRecord& record)>;
  virtual ~TelemetryReader() = default;
  /// Shows what is kept of the vehicle and was received at `from` or later, oldest first. Blocks.
  virtual Result<void> read(const VehicleId& vehicle, Time from, const See& see) = 0;
};

}  // namespace motorcade::ports
