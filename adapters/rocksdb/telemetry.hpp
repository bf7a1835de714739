// Raw telemetry in a column family of its own (docs/log.md). A key begins with the hour, so that what
// is old goes in one range, and a vehicle's records of an hour lie together.
#pragma once
#include "adapters/rocksdb/database.hpp"
#include "engine/ports/telemetry.hpp"

namespace motorcade::rocks {

/// `count` tells records of one vehicle and millisecond apart.
[[nodiscard]] std::string telemetry_key(const ports::TelemetryRecord& record, std::uint32_t count);
[[nodiscard]] std::string telemetry_value(const ports::TelemetryRecord& record);
Result<void> read_telemetry(Database& database, const VehicleId& vehicle, Time from,
                            const ports::TelemetryReader::See& see);
/// Deletes the hours that were over at `before`.
Result<void> expire_telemetry(Database& database, Time before);

/// Reads the telemetry of a log that another process may be writing.
[[nodiscard]] Result<std::unique_ptr<ports::TelemetryReader>> open_telemetry(
    const std::filesystem::path& directory, const std::filesystem::path& scratch);

}  // namespace motorcade::rocks
