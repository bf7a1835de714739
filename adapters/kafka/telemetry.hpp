// Raw telemetry on Kafka: the topic PREFIX.vehicle.telemetry, which expires by time, with as many
// partitions as vehicles' events, and a vehicle in the partition of the same number.
//
//   key  vehicle id, 16 bytes       timestamp  received_at      value  content_type:u8 sealed body
//
// It is written with acks=1 and given up after a while: a leader that dies may take the last moments
// with it, and a record may be there twice. One request at a time per broker keeps the order.
#pragma once
#include <atomic>
#include <thread>

#include "adapters/kafka/client.hpp"
#include "engine/ports/telemetry.hpp"

namespace motorcade::kafka {

class Telemetry final : public ports::Telemetry {
 public:
  /// `partitions`: of the vehicle stream.
  static Result<std::unique_ptr<Telemetry>> open(const Options& options, std::uint16_t partitions);
  /// Waits a moment for what is under way; the rest is lost.
  ~Telemetry() override;
  void record(ports::TelemetryRecord record, ports::Answer<Result<void>> answer) override;

 private:
  Telemetry(const Options& options, std::uint16_t partitions);
  const Options options_;
  const std::uint16_t partitions_;
  Callbacks callbacks_;
  Client producer_;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

/// Nothing is shown if the log has no such topic yet.
[[nodiscard]] std::unique_ptr<ports::TelemetryReader> read_telemetry(const Options& options,
                                                                     std::uint16_t partitions);

}  // namespace motorcade::kafka
