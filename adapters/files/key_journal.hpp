// The file that keeps the keys of vehicles: records appended and synced one after the other.
//
//   file   = "MCKEYS1\n" · records
//   record = size u32 · body · first 8 bytes of SHA-256(body)
//   body   = kind u8 · vehicle 16 · generation u32 · sealed, at most 1,000 bytes
// A torn last record was never used and is dropped; any other damage is refused: also that of a
// length, which looks like a torn end but has a whole record, or more than one's bytes, behind it.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/files/durable_file.hpp"
#include "events/ids.hpp"

namespace motorcade::files {

inline constexpr std::size_t kMaxSealedBytes = 1000;

struct KeyRecord {
  enum class Kind : std::uint8_t {
    kKey = 1,        ///< sealed: the vehicle's key, under the deployment's
    kVin = 2,        ///< sealed: the VIN, under the vehicle's key
    kDestroyed = 3,  ///< the key of this generation and all before it
  };
  Kind kind{};
  VehicleId vehicle;
  std::uint32_t generation{};
  std::string sealed;
};

class KeyJournal {
 public:
  explicit KeyJournal(std::filesystem::path path) : path_(std::move(path)) {}

  // For writing: while no other process writes. It makes the file, and drops its torn end; for
  // reading, what is torn is still being written.

  /// All records.
  Result<std::vector<KeyRecord>> load(bool for_writing);
  /// What other processes have written since. None: they replaced the file; load it again.
  Result<std::optional<std::vector<KeyRecord>>> load_more(bool for_writing);
  /// What others wrote is loaded. Durable before it returns; after a failure the file is as it was.
  Result<void> append(std::span<const KeyRecord> records);
  /// All at once replaces the file.
  Result<void> rewrite(std::span<const KeyRecord> records);
  /// Has another process written since?
  [[nodiscard]] bool has_changed() const;

 private:
  Result<void> open();
  Result<std::vector<KeyRecord>> parse(std::string_view bytes, bool for_writing);

  std::filesystem::path path_;
  Descriptor file_;  ///< what was loaded: while it is open, no other file has its inode
  std::uint64_t inode_ = 0, size_ = 0;  ///< `size_`: of the whole records
};

}  // namespace motorcade::files
