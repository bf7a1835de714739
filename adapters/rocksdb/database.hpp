// The RocksDB database of a log: opened, checked, its birth record read.
//
// Families: meta (birth, heads), events (record batches), inbox (records), telemetry, which logs of
// earlier builds lack until they are opened for writing. A log exists once its birth record does;
// everything before that is making it.
#pragma once
#include <rocksdb/db.h>

#include <map>
#include <memory>
#include <string>

#include "adapters/rocksdb/options.hpp"
#include "engine/ports/log.hpp"

namespace motorcade::rocks {

/// Where a partition's next things go.
struct Places {
  std::uint64_t events_end = 0;   ///< the next sequence
  std::uint64_t inbox_end = 0;    ///< the next position
  std::uint64_t inbox_begin = 0;  ///< the first that was not trimmed
  friend bool operator==(const Places&, const Places&) = default;
};
using AllPlaces = std::map<Partition, Places>;

/// Unsynced writes reach the disk with the next synced one.
class Database {
 public:
  /// For writing; born if there is none. Damage refuses, naming the file or the partition.
  static Result<std::unique_ptr<Database>> open(const Options& options);
  /// For reading, while another process may write. `scratch` is a directory of the reader's own.
  static Result<std::unique_ptr<Database>> open_secondary(const std::filesystem::path& directory,
                                                          const std::filesystem::path& scratch);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const ports::LogBirth& birth() const { return birth_; }
  /// A new name for a copy, so that receivers do not take its messages for the original's.
  Result<void> rename(const Incarnation& incarnation);
  [[nodiscard]] Result<ports::LogState> state();
  Result<void> set_state(ports::LogState state);
  /// Reads and checks the end of every partition.
  [[nodiscard]] Result<AllPlaces> places();
  /// Of one partition: the next sequence, from the last record batch.
  [[nodiscard]] Result<std::uint64_t> events_end(Partition partition);

  [[nodiscard]] ::rocksdb::DB& db() { return *db_; }
  [[nodiscard]] ::rocksdb::ColumnFamilyHandle* meta() { return families_[1]; }
  [[nodiscard]] ::rocksdb::ColumnFamilyHandle* events() { return families_[2]; }
  [[nodiscard]] ::rocksdb::ColumnFamilyHandle* inbox() { return families_[3]; }
  /// Null: opened for reading, and not there yet.
  [[nodiscard]] ::rocksdb::ColumnFamilyHandle* telemetry() {
    return families_.size() > 4 ? families_[4] : nullptr;
  }

 private:
  Database() = default;
  Result<void> be_born(const Options& options);
  Result<void> write_heritage(const ports::Heritage& heritage);
  Result<bool> read_birth();
  Result<void> write_birth(bool sync);
  Result<Places> places_of(Partition partition);
  Result<std::optional<std::string>> get_meta(std::string_view key);

  std::filesystem::path directory_;
  std::unique_ptr<::rocksdb::DB> db_;
  std::vector<::rocksdb::ColumnFamilyHandle*> families_;
  ports::LogBirth birth_;
};

[[nodiscard]] Incarnation random_incarnation();
[[nodiscard]] std::string encode_inbox_places(const Places& places);

}  // namespace motorcade::rocks
