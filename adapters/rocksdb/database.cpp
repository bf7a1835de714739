#include "adapters/rocksdb/database.hpp"

#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <random>

#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/journal_check.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/record_batch.hpp"

namespace motorcade::rocks {
namespace {

namespace fs = std::filesystem;
constexpr std::uint32_t kDatabaseFormat = 1;
constexpr std::size_t kBirthBytes = 4 + 16 + 3 * 2;
constexpr std::string_view kTelemetryFamily = "telemetry";

::rocksdb::Env* env_of(const Options& options) {
  return options.env != nullptr ? options.env : ::rocksdb::Env::Default();
}

::rocksdb::DBOptions db_options(const Options& options) {
  ::rocksdb::DBOptions db;
  db.env = env_of(options);
  db.paranoid_checks = true;
  db.wal_recovery_mode = ::rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.max_total_wal_size = options.max_wal_bytes;
  db.max_background_jobs = 2;
  db.max_file_opening_threads = 2;
  db.bytes_per_sync = 1 << 20;
  db.keep_log_file_num = 4;
  db.info_log_level = ::rocksdb::WARN_LEVEL;
  return db;
}

std::vector<::rocksdb::ColumnFamilyDescriptor> families(const Options& options) {
  ::rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = options.write_buffer_bytes;
  // Only where tables come to rest: the way there costs the committing thread's processor time.
  family.compression = ::rocksdb::kNoCompression;
  if (options.compression == Compression::kZstd) family.bottommost_compression = ::rocksdb::kZSTD;
  ::rocksdb::BlockBasedTableOptions table;
  table.block_size = 32 << 10;
  table.checksum = ::rocksdb::kXXH3;
  family.table_factory.reset(::rocksdb::NewBlockBasedTableFactory(table));
  auto events = family;
  // A partition's tables hold nothing else, so what is appended to it rewrites no other.
  events.sst_partitioner_factory = ::rocksdb::NewSstPartitionerFixedPrefixFactory(kPrefixBytes);
  auto telemetry = family;
  telemetry.bottommost_compression = ::rocksdb::kDisableCompressionOption;  // it is sealed
  return {{"default", {}},
          {"meta", family},
          {"events", events},
          {"inbox", family},
          {std::string(kTelemetryFamily), telemetry}};
}

/// With the lock held, so that no live writer's half-written record is judged.
Result<void> check_files(const Options& options) {
  const auto& directory = options.directory;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return failure(error, "creating the log's directory " + directory.string());
  ::rocksdb::FileLock* lock = nullptr;
  const auto path = (directory / "LOCK").string();
  const auto locked = env_of(options)->LockFile(path, &lock);
  if (!locked.ok()) return tl::unexpected(error_of(locked, "locking " + directory.string()));
  auto checked = check_journals(directory);
  env_of(options)->UnlockFile(lock);
  return checked;
}

/// The families that lie there, of those that we know.
Result<std::vector<::rocksdb::ColumnFamilyDescriptor>> families_there(const Options& options) {
  std::vector<std::string> names;
  const auto listed =
      ::rocksdb::DB::ListColumnFamilies(db_options(options), options.directory.string(), &names);
  if (!listed.ok())
    return tl::unexpected(error_of(listed, "reading " + options.directory.string()));
  auto there = families(options);
  std::erase_if(there, [&](const auto& one) {
    return std::find(names.begin(), names.end(), one.name) == names.end();
  });
  return there;
}

bool has_telemetry(const std::vector<::rocksdb::ColumnFamilyDescriptor>& there) {
  return !there.empty() && there.back().name == kTelemetryFamily;
}

/// May what lies there become a log? Only what no log was in.
Result<bool> is_unborn(const Options& options) {
  if (fs::exists(options.directory / "CURRENT")) {
    TRY(const auto there, families_there(options));
    return there.size() + (has_telemetry(there) ? 0 : 1) < families(options).size();
  }
  for (const auto& entry : fs::directory_iterator(options.directory))
    if (entry.path().extension() == ".sst" || entry.path().extension() == ".log")
      return log_failure(LogErrc::kDamaged, (options.directory / "CURRENT").string() +
                                                " is missing beside " + entry.path().string());
  return true;
}

std::string describe(const PartitionCounts& counts) {
  return "vehicle " + std::to_string(counts.vehicle) + ", campaign " +
         std::to_string(counts.campaign) + ", catalog " + std::to_string(counts.catalog);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const Options& options) {
  if (!options.make && !fs::exists(options.directory / "CURRENT"))
    return log_failure(LogErrc::kNoLog, options.directory.string());
  TRY_VOID(check_files(options));
  TRY(const bool unborn, is_unborn(options));
  auto settings = db_options(options);
  settings.create_if_missing = unborn;
  settings.create_missing_column_families = true;  // born: only telemetry's can be missing
  std::unique_ptr<Database> database(new Database);
  database->directory_ = options.directory;
  ::rocksdb::DB* db = nullptr;
  const auto opened = ::rocksdb::DB::Open(settings, options.directory.string(), families(options),
                                          &database->families_, &db);
  if (!opened.ok())
    return tl::unexpected(error_of(opened, "opening the log in " + options.directory.string()));
  database->db_.reset(db);
  TRY(const bool born, database->read_birth());
  if (!born && !options.make) return log_failure(LogErrc::kNoLog, options.directory.string());
  if (!born) TRY_VOID(database->be_born(options));
  TRY(const auto state, database->state());
  if (options.heritage && (state != ports::LogState::kArriving ||
                           database->birth_.incarnation != options.heritage->birth.incarnation))
    return log_failure(LogErrc::kAlreadyThere, options.directory.string());
  if (state != ports::LogState::kOpen && !options.moving)
    return log_failure(LogErrc::kMoved,
                       options.directory.string() + " is " + std::string(to_string(state)));
  if (options.counts && database->birth_.counts != *options.counts)
    return log_failure(LogErrc::kOtherBirth, options.directory.string() + " has partitions " +
                                                 describe(database->birth_.counts) + ", not " +
                                                 describe(*options.counts));
  return database;
}

Result<std::unique_ptr<Database>> Database::open_secondary(const fs::path& directory,
                                                           const fs::path& scratch) {
  if (!fs::exists(directory / "CURRENT")) return log_failure(LogErrc::kNoLog, directory.string());
  std::error_code error;
  fs::create_directories(scratch, error);
  if (error) return failure(error, "creating " + scratch.string());
  Options options;
  options.directory = directory;
  std::unique_ptr<Database> database(new Database);
  database->directory_ = directory;
  ::rocksdb::DB* db = nullptr;
  auto settings = db_options(options);
  settings.max_open_files = -1;  // a table that the writer deletes stays readable
  TRY(auto there, families_there(options));
  if (there.size() + (has_telemetry(there) ? 0 : 1) < families(options).size())
    return log_failure(LogErrc::kNoLog, directory.string());
  const auto opened = ::rocksdb::DB::OpenAsSecondary(settings, directory.string(), scratch.string(),
                                                     there, &database->families_, &db);
  if (!opened.ok())
    return tl::unexpected(error_of(opened, "following the log in " + directory.string()));
  database->db_.reset(db);
  TRY(const bool born, database->read_birth());
  if (!born) return log_failure(LogErrc::kNoLog, directory.string());
  return database;
}

Database::~Database() {
  if (!db_) return;
  for (auto* family : families_) db_->DestroyColumnFamilyHandle(family);
  db_->Close();
}

Result<std::optional<std::string>> Database::get_meta(std::string_view key) {
  std::string value;
  const auto status = db_->Get({}, meta(), ::rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return tl::unexpected(error_of(status, "reading " + directory_.string()));
  return value;
}

Result<bool> Database::read_birth() {
  TRY(const auto record, get_meta(kBirthKey));
  if (!record) return false;
  const std::string_view bytes = *record;
  if (bytes.size() < 4 || get_integer<std::uint32_t>(bytes) != kDatabaseFormat)
    return log_failure(LogErrc::kNewerFormat, directory_.string());
  if (bytes.size() != kBirthBytes)
    return log_failure(LogErrc::kDamaged, "the birth record in " + directory_.string());
  birth_.incarnation = *id_from_bytes<Incarnation>(bytes.substr(4, 16));
  birth_.counts = {get_integer<std::uint16_t>(bytes.substr(20)),
                   get_integer<std::uint16_t>(bytes.substr(22)),
                   get_integer<std::uint16_t>(bytes.substr(24))};
  return true;
}

Result<void> Database::write_birth(bool sync) {
  std::string record;
  put_integer(record, kDatabaseFormat);
  record += birth_.incarnation.view();
  for (const auto count : {birth_.counts.vehicle, birth_.counts.campaign, birth_.counts.catalog})
    put_integer(record, count);
  ::rocksdb::WriteOptions write;
  write.sync = sync;
  const auto written = db_->Put(write, meta(), std::string(kBirthKey), record);
  if (!written.ok())
    return tl::unexpected(error_of(written, "writing the birth record in " + directory_.string()));
  return {};
}

Result<void> Database::be_born(const Options& options) {
  const std::unique_ptr<::rocksdb::Iterator> any(db_->NewIterator({}, events()));
  any->SeekToFirst();
  if (any->Valid() || !any->status().ok())
    return log_failure(LogErrc::kDamaged, directory_.string() + " has events and no birth record");
  birth_ = options.heritage
               ? options.heritage->birth
               : ports::LogBirth{random_incarnation(), options.counts.value_or(PartitionCounts{})};
  for (const auto stream : {Stream::kVehicle, Stream::kCampaign, Stream::kCatalog})
    if (birth_.counts.of(stream) == 0)
      return log_failure(LogErrc::kBadRequest,
                         "a stream needs at least one partition, got " + describe(birth_.counts));
  if (options.heritage) TRY_VOID(write_heritage(*options.heritage));
  return write_birth(options.sync);
}

/// Before the birth record, without which there is no log.
Result<void> Database::write_heritage(const ports::Heritage& heritage) {
  TRY_VOID(set_state(ports::LogState::kArriving));
  for (const auto& [partition, begin] : heritage.inbox_begins) {
    const Places places{.inbox_end = begin.value, .inbox_begin = begin.value};
    const auto put = db_->Put({}, meta(), inbox_key_of(partition), encode_inbox_places(places));
    if (!put.ok())
      return tl::unexpected(error_of(put, "making the inboxes in " + directory_.string()));
  }
  return {};
}

Result<ports::LogState> Database::state() {
  TRY(const auto found, get_meta(kStateKey));
  if (!found) return ports::LogState::kOpen;
  const auto state = found->size() == 1 ? static_cast<std::uint8_t>(found->front()) : UINT8_MAX;
  if (state > static_cast<std::uint8_t>(ports::LogState::kMoved))
    return log_failure(LogErrc::kDamaged, "the state of the log in " + directory_.string());
  return static_cast<ports::LogState>(state);
}

Result<void> Database::set_state(ports::LogState state) {
  ::rocksdb::WriteOptions synced;
  synced.sync = true;
  const std::string value(1, static_cast<char>(state));
  const auto written = db_->Put(synced, meta(), std::string(kStateKey), value);
  if (!written.ok())
    return tl::unexpected(error_of(written, "writing the state in " + directory_.string()));
  return {};
}

Result<void> Database::rename(const Incarnation& incarnation) {
  birth_.incarnation = incarnation;
  return write_birth(true);
}

Result<AllPlaces> Database::places() {
  AllPlaces all;
  for (const auto partition : partitions_of(birth_.counts)) {
    TRY(all[partition], places_of(partition));
  }
  return all;
}

Result<Places> Database::places_of(Partition partition) {
  const auto damaged = [&](std::string what) {
    return log_failure(LogErrc::kDamaged, to_string(partition) + " in " + directory_.string() +
                                              ": " + std::move(what));
  };
  Places places;
  TRY(places.events_end, events_end(partition));
  TRY(const auto head, get_meta(head_key_of(partition)));
  const auto recorded =
      head && head->size() == 8 ? get_integer<std::uint64_t>(*head) : std::uint64_t{0};
  if (recorded != places.events_end)
    return damaged("events end at " + std::to_string(places.events_end) + ", but " +
                   std::to_string(recorded) + " were committed");
  TRY(const auto inbox_places, get_meta(inbox_key_of(partition)));
  if (inbox_places && inbox_places->size() == 16) {
    places.inbox_end = get_integer<std::uint64_t>(*inbox_places);
    places.inbox_begin = get_integer<std::uint64_t>(std::string_view(*inbox_places).substr(8));
  }
  const std::unique_ptr<::rocksdb::Iterator> last(db_->NewIterator({}, inbox()));
  last->SeekForPrev(end_key_of(partition));
  if (!last->status().ok())
    return tl::unexpected(
        error_of(last->status(), "reading the end of inbox " + to_string(partition)));
  const auto newest =
      last->Valid() ? place_in(partition, last->key().ToStringView()) : std::nullopt;
  const auto found = newest ? *newest + 1 : places.inbox_begin;
  if (found != places.inbox_end && places.inbox_begin != places.inbox_end)
    return damaged("the inbox ends at " + std::to_string(found) + ", but " +
                   std::to_string(places.inbox_end) + " were taken");
  return places;
}

Result<std::uint64_t> Database::events_end(Partition partition) {
  const std::unique_ptr<::rocksdb::Iterator> last(db_->NewIterator({}, events()));
  last->SeekForPrev(end_key_of(partition));
  if (!last->status().ok())
    return tl::unexpected(error_of(last->status(), "reading the end of " + to_string(partition)));
  const auto base = last->Valid() ? place_in(partition, last->key().ToStringView()) : std::nullopt;
  if (!base) return std::uint64_t{0};
  const auto batch = RecordBatch::check({*base}, last->value().ToStringView());
  if (!batch)
    return log_failure(LogErrc::kDamaged, to_string(Position{partition, {*base}}) + " in " +
                                              directory_.string() +
                                              ": the record batch is not what was written");
  return batch->end().value;
}

Incarnation random_incarnation() {
  Incarnation incarnation;
  std::random_device random;
  for (auto& byte : incarnation.bytes) byte = static_cast<std::uint8_t>(random());
  return incarnation;
}

std::string encode_inbox_places(const Places& places) {
  std::string out;
  put_integer(out, places.inbox_end);
  put_integer(out, places.inbox_begin);
  return out;
}

}  // namespace motorcade::rocks
