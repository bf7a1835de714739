#include "adapters/rocksdb/telemetry.hpp"

#include <rocksdb/convenience.h>

#include <algorithm>

#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/keys.hpp"

namespace motorcade::rocks {
namespace {

constexpr std::size_t kHourBytes = 4, kVehicleEnd = kHourBytes + 16;
constexpr std::size_t kTelemetryKeyBytes = kVehicleEnd + 8 + 4;
constexpr int kOpeningAttempts = 5;

std::uint64_t since_epoch(Time time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

std::uint32_t hour_of(Time time) {
  constexpr std::uint64_t kHour = 3'600'000'000;
  return static_cast<std::uint32_t>(since_epoch(time) / kHour);
}

std::string hour_key(std::uint32_t hour) {
  std::string key;
  put_integer(key, hour);
  return key;
}

std::string key_from(std::uint32_t hour, const VehicleId& vehicle, Time from) {
  auto key = hour_key(hour);
  key += vehicle.view();
  put_integer(key, since_epoch(from));
  return key;
}

Result<ports::TelemetryRecord> record_at(std::string_view key, std::string_view value) {
  if (key.size() != kTelemetryKeyBytes || value.empty())
    return log_failure(LogErrc::kDamaged, "a record of telemetry is not what was written");
  ports::TelemetryRecord record;
  record.vehicle = *id_from_bytes<VehicleId>(key.substr(kHourBytes, 16));
  record.received_at = Time(
      Duration(static_cast<std::int64_t>(get_integer<std::uint64_t>(key.substr(kVehicleEnd)))));
  record.content_type = static_cast<ContentType>(value.front());
  record.body = value.substr(1);
  return record;
}

class TelemetryFollower final : public ports::TelemetryReader {
 public:
  explicit TelemetryFollower(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  Result<void> read(const VehicleId& vehicle, Time from, const See& see) override {
    const auto status = database_->db().TryCatchUpWithPrimary();
    if (!status.ok()) return tl::unexpected(error_of(status, "following the log"));
    return read_telemetry(*database_, vehicle, from, see);
  }

 private:
  std::unique_ptr<Database> database_;
};

}  // namespace

std::string telemetry_key(const ports::TelemetryRecord& record, std::uint32_t count) {
  auto key = key_from(hour_of(record.received_at), record.vehicle, record.received_at);
  put_integer(key, count);
  return key;
}

std::string telemetry_value(const ports::TelemetryRecord& record) {
  return static_cast<char>(record.content_type) + record.body;
}

Result<void> read_telemetry(Database& database, const VehicleId& vehicle, Time from,
                            const ports::TelemetryReader::See& see) {
  if (database.telemetry() == nullptr) return {};
  ::rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<::rocksdb::Iterator> at(
      database.db().NewIterator(options, database.telemetry()));
  auto hour = hour_of(from);
  for (at->Seek(key_from(hour, vehicle, from)); at->Valid();) {
    const auto key = at->key().ToStringView();
    TRY(const auto record, record_at(key, at->value().ToStringView()));
    const auto found = get_integer<std::uint32_t>(key);
    if (found == hour && record.vehicle == vehicle) {
      TRY_VOID(see(record));
      at->Next();
      continue;
    }
    hour = found > hour ? found : hour + 1;  // there, if there is an hour that has anything
    at->Seek(key_from(hour, vehicle, from));
  }
  if (at->status().ok()) return {};
  return tl::unexpected(error_of(at->status(), "reading telemetry"));
}

Result<void> expire_telemetry(Database& database, Time before) {
  const auto end = hour_key(hour_of(before));
  const ::rocksdb::Slice limit(end);
  std::string begin;
  {
    const std::unique_ptr<::rocksdb::Iterator> first(
        database.db().NewIterator({}, database.telemetry()));
    first->SeekToFirst();
    if (!first->status().ok())
      return tl::unexpected(error_of(first->status(), "reading telemetry"));
    if (!first->Valid() || first->key().compare(limit) >= 0) return {};
    begin = first->key().ToString();
  }
  auto status =
      ::rocksdb::DeleteFilesInRange(&database.db(), database.telemetry(), nullptr, &limit, false);
  if (status.ok()) status = database.db().DeleteRange({}, database.telemetry(), begin, limit);
  if (status.ok()) return {};
  return tl::unexpected(error_of(status, "deleting telemetry that has expired"));
}

Result<std::unique_ptr<ports::TelemetryReader>> open_telemetry(
    const std::filesystem::path& directory, const std::filesystem::path& scratch) {
  auto database = Database::open_secondary(directory, scratch);
  for (int again = 0; !database && again < kOpeningAttempts; ++again)
    database = Database::open_secondary(directory, scratch);
  if (!database) return tl::unexpected(std::move(database).error());
  return std::make_unique<TelemetryFollower>(*std::move(database));
}

}  // namespace motorcade::rocks
