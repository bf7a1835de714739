#include "adapters/rocksdb/reading.hpp"

#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "adapters/rocksdb/record_batch.hpp"

namespace motorcade::rocks {
namespace {

/// An iterator over one partition.
class Cursor {
 public:
  Cursor(Database& database, ::rocksdb::ColumnFamilyHandle* family, Partition partition)
      : partition_(partition), end_key_(end_key_of(partition)), end_(end_key_) {
    ::rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    options.iterate_upper_bound = &end_;
    iterator_.reset(database.db().NewIterator(options, family));
  }
  /// At the last key at or before `place`, or if there is none at the first after it.
  void seek_back(std::uint64_t place) {
    iterator_->SeekForPrev(key_of(partition_, place));
    if (iterator_->status().ok() && !this->place()) seek(0);
  }
  void seek(std::uint64_t place) { iterator_->Seek(key_of(partition_, place)); }
  void next() { iterator_->Next(); }
  /// None: past the end, or failed.
  [[nodiscard]] std::optional<std::uint64_t> place() const {
    if (!iterator_->Valid()) return std::nullopt;
    return place_in(partition_, iterator_->key().ToStringView());
  }
  [[nodiscard]] std::string_view value() const { return iterator_->value().ToStringView(); }
  [[nodiscard]] ::rocksdb::Status status() const { return iterator_->status(); }

 private:
  Partition partition_;
  std::string end_key_;
  ::rocksdb::Slice end_;
  std::unique_ptr<::rocksdb::Iterator> iterator_;
};

tl::unexpected<Error> damaged(Partition partition, std::uint64_t sequence, std::string what) {
  return log_failure(LogErrc::kDamaged,
                     to_string(Position{partition, {sequence}}) + ": " + std::move(what));
}

}  // namespace

Result<std::vector<ports::StoredEnvelope>> read_events(Database& database, Partition partition,
                                                       Sequence from, std::size_t max_bytes) {
  std::vector<ports::StoredEnvelope> found;
  Cursor cursor(database, database.events(), partition);
  auto expected = from.value;
  std::size_t bytes = 0;
  for (cursor.seek_back(from.value); const auto base = cursor.place(); cursor.next()) {
    const auto batch = RecordBatch::check({*base}, cursor.value());
    if (!batch) return damaged(partition, *base, "the record batch is not what was written");
    if (batch->end().value <= from.value) continue;  // only the batch before the end
    if (*base > expected || (*base < expected && !found.empty()))
      return damaged(partition, expected,
                     "the record batch is missing; the next begins at " + std::to_string(*base));
    batch->each([&](Sequence sequence, std::string_view envelope) {
      if (sequence.value < expected) return true;
      if (bytes >= max_bytes && !found.empty()) return false;
      found.push_back({sequence, std::string(envelope)});
      bytes += envelope.size();
      expected = sequence.value + 1;
      return true;
    });
    if (bytes >= max_bytes) return found;
  }
  if (const auto status = cursor.status(); !status.ok())
    return tl::unexpected(
        error_of(status, "reading " + to_string(Position{partition, {expected}})));
  return found;
}

Result<std::vector<ports::PlacedRecord>> read_records(Database& database, Partition partition,
                                                      InboxPosition begin, InboxPosition from,
                                                      std::size_t max_records) {
  std::vector<ports::PlacedRecord> found;
  Cursor cursor(database, database.inbox(), partition);
  auto expected = std::max(begin, from).value;
  for (cursor.seek(expected); found.size() < max_records; cursor.next(), ++expected) {
    const auto place = cursor.place();
    if (!place) break;
    if (*place != expected)
      return log_failure(LogErrc::kDamaged, "inbox " + to_string(partition) + ": record " +
                                                std::to_string(expected) + " is missing");
    found.push_back({{*place}, std::string(cursor.value())});
  }
  if (const auto status = cursor.status(); !status.ok())
    return tl::unexpected(error_of(status, "reading record " + std::to_string(expected) +
                                               " of inbox " + to_string(partition)));
  return found;
}

Result<void> check_partition(const PartitionCounts& counts, Partition partition) {
  if (partition.number < counts.of(partition.stream)) return {};
  return log_failure(LogErrc::kNoPartition, to_string(partition));
}

}  // namespace motorcade::rocks
