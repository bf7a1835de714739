// A group being committed: what its requests add to one write batch, and how each is answered when
// the fate of the batch is known.
#pragma once
#include <rocksdb/write_batch.h>

#include "adapters/rocksdb/committer.hpp"

namespace motorcade::rocks {

enum class Fate { kWritten, kNotWritten, kUnknown };

class Group {
 public:
  Group(const Options& options, Database& database, AllPlaces places,
        std::map<Partition, std::uint64_t>& epochs, std::uint32_t& telemetry_count)
      : options_(options),
        database_(database),
        places_(std::move(places)),
        epochs_(epochs),
        telemetry_count_(telemetry_count) {}

  /// Stages the request, or refuses it at once.
  void add(Request request);
  /// Answers all that were staged.
  void settle(Fate fate, const Error& error);

  [[nodiscard]] bool needs_write() const { return batch_.Count() > 0; }
  [[nodiscard]] bool needs_sync() const { return has_append_; }
  [[nodiscard]] ::rocksdb::WriteBatch& batch() { return batch_; }
  /// If it is written.
  [[nodiscard]] const AllPlaces& places() const { return places_; }

 private:
  void stage(Append append);
  void stage(Send send);
  void stage(Trim trim);
  void stage(TakeOver take_over);
  void stage(RecordTelemetry telemetry);
  Result<void> check(const Append& append) const;
  Result<void> check(const Send& send) const;

  const Options& options_;
  Database& database_;
  AllPlaces places_;
  std::map<Partition, std::uint64_t>& epochs_;
  std::uint32_t& telemetry_count_;
  ::rocksdb::WriteBatch batch_;
  bool has_append_ = false;
  std::vector<std::function<void(Fate, const Error&)>> answers_;
};

[[nodiscard]] std::size_t size_of(const Request& request);
/// Answers that nothing was done.
void refuse(Request& request, const Error& error);

}  // namespace motorcade::rocks
