// The file that keeps the keys of vehicles: records appended and synced one after the other.
//
//   file   = "MCKEYS1\n" · records
//   record = size u32 · body · first 8 bytes of SHA-256(body)
//   body   = kind u8 · vehicle 16 · generation u32 · sealed, at most 1,000 bytes
// A torn last record was never used and is dropped; any other damage is refused: also that of a
// length, which looks like a torn end but has a whole record, or more than one's bytes, behind it.
#pragma once
#include <filesystem>
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

  /// All records. For writing: makes the file, or drops its torn tail.
  Result<std::vector<KeyRecord>> load(bool for_writing);
  /// Durable before it returns; after a failure the file is as it was.
  Result<void> append(std::span<const KeyRecord> records);
  /// All at once replaces the file.
  Result<void> rewrite(std::span<const KeyRecord> records);
  /// Has another process written since the last load?
  [[nodiscard]] bool has_changed() const;

 private:
  struct Version {
    std::uint64_t inode = 0, size = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };
  [[nodiscard]] Version version_on_disk() const;

  std::filesystem::path path_;
  Version version_;
};

}  // namespace motorcade::files
