// The agent's memory on disk: an append-only file of records, synced before append() returns.
//
//   journal = "MCVMGJ01" *frame
//   frame   = u32 size, u64 check, size bytes of record     (integers big-endian)
//   check   = the first 8 bytes of SHA-256(check of the frame before (first: 0), size, record)
//
// A torn tail (a frame that was never synced: nothing valid follows it) is cut off when the journal
// is opened. Anything else that does not check is damage, and refused with its offset.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "vehicle_agent/vmg/errc.hpp"

namespace motorcade::vmg {

struct JournalOptions {
  bool sync = true;  ///< false: for big light fleets; a power cut may then lose reports
  std::uint64_t compact_above_bytes = 256 * 1024;
};

/// Used by one thread at a time.
class Journal {
 public:
  /// Makes the file if there is none; holds it locked. `records`: what it holds, in order.
  /// Errors: kStorage (also: in use by another process), kJournalDamaged.
  [[nodiscard]] static Result<Journal> open(const std::filesystem::path& path,
                                            const JournalOptions& options,
                                            std::vector<std::string>& records);
  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  /// On disk when it returns. After an error the journal must be opened anew.
  [[nodiscard]] Result<void> append(std::string_view record);
  [[nodiscard]] bool wants_compaction() const;
  /// One record in place of all; whole or not at all.
  [[nodiscard]] Result<void> compact(std::string_view snapshot);
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  Journal(std::filesystem::path path, JournalOptions options, int fd)
      : path_(std::move(path)), options_(options), fd_(fd) {}
  Result<void> read(std::vector<std::string>& records);
  Result<void> write_all(int fd, std::string_view bytes) const;

  std::filesystem::path path_;
  JournalOptions options_;
  int fd_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t compacted_bytes_ = 0;  // size after the last compaction
  std::uint64_t check_ = 0;            // of the last frame
};

}  // namespace motorcade::vmg
