#include "adapters/memory/telemetry.hpp"

namespace motorcade::memory {

void Telemetry::record(ports::TelemetryRecord record, ports::Answer<Result<void>> answer) {
  expire();
  if (records_.size() >= options_.max_records)
    return answer(failure(std::errc::no_buffer_space, "keeping telemetry"));
  records_.push_back(std::move(record));
  answer({});
}

Result<void> Telemetry::read(const VehicleId& vehicle, Time from, const See& see) {
  expire();
  for (const auto& record : records_)
    if (record.vehicle == vehicle && record.received_at >= from) TRY_VOID(see(record));
  return {};
}

void Telemetry::expire() {
  const auto before = options_.now() - options_.kept;
  std::erase_if(records_, [&](const auto& record) { return record.received_at < before; });
}

}  // namespace motorcade::memory
