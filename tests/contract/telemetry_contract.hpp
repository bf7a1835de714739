// What every place for raw telemetry must keep. A new one brings a harness, and a line that
// instantiates the suite.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "engine/ports/telemetry.hpp"

namespace motorcade::contract {

class TelemetryHarness {
 public:
  virtual ~TelemetryHarness() = default;
  /// Made at the first call, the same one after `close`.
  virtual ports::Telemetry& telemetry() = 0;
  /// Another process's.
  virtual ports::TelemetryReader& reader() = 0;
  /// The process that records ends in order.
  virtual void close() = 0;
};
using MakeTelemetryHarness = std::function<std::unique_ptr<TelemetryHarness>()>;

/// The whole hour before the last one.
[[nodiscard]] Time telemetry_begin();
[[nodiscard]] ports::TelemetryRecord telemetry_of(std::uint8_t vehicle, Time received_at,
                                                  std::string body);
/// Records them, and waits until it is known what became of each: how many were lost.
std::size_t record_all(ports::Telemetry& telemetry,
                       const std::vector<ports::TelemetryRecord>& records);
[[nodiscard]] std::vector<ports::TelemetryRecord> read_all(ports::TelemetryReader& reader,
                                                           std::uint8_t vehicle, Time from);

class TelemetryContract : public testing::TestWithParam<MakeTelemetryHarness> {
 protected:
  std::unique_ptr<TelemetryHarness> harness_ = GetParam()();
};

}  // namespace motorcade::contract
