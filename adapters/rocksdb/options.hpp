// Settings of the embedded log.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "engine/ports/movable_log.hpp"

namespace rocksdb {
class Env;
}

namespace motorcade::rocks {

enum class Compression { kNone, kZstd };

struct Options {
  std::filesystem::path directory;
  /// A log that was born with others is not opened. None: those it has, or at birth the default.
  std::optional<PartitionCounts> counts;
  /// The log, if there is none in the directory.
  bool make = true;
  /// A log that is moving, or has moved, is opened too.
  bool moving = false;
  /// If there is no log yet, one is born as a copy; an old one is refused.
  std::optional<ports::Heritage> heritage;
  /// Of tables that have come to rest; the write-ahead log and young tables are not compressed.
  Compression compression = Compression::kZstd;
  std::size_t write_buffer_bytes = 64 << 20;
  std::size_t max_wal_bytes = 256 << 20;
  /// What one group commit takes at most; an append beyond it is refused.
  std::size_t max_group_bytes = 16 << 20;
  /// Of one inbox record.
  std::size_t max_record_bytes = 4 << 20;
  /// What may wait for the committing thread; beyond it appends and sends are refused as busy.
  std::size_t max_queued_bytes = 128 << 20;
  /// Below this much free space nothing more is written, so that reading and what is written
  /// already stay sound.
  std::uint64_t min_free_bytes = 256 << 20;
  /// How long raw telemetry is kept, up to an hour more.
  Duration telemetry_kept = std::chrono::days(7);
  /// Tells when telemetry expires.
  std::function<Time()> now = [] {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  };
  /// Only tests turn it off, to see that they would notice.
  bool sync = true;
  /// Another file system, for tests. Outlives the log.
  ::rocksdb::Env* env = nullptr;
};

}  // namespace motorcade::rocks
