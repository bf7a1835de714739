// What can go wrong with the embedded log, and how RocksDB's words for it map to ours.
#pragma once
#include <system_error>

#include "events/result.hpp"

namespace rocksdb {
class Status;
}

namespace motorcade::rocks {

enum class LogErrc {
  kDamaged = 1,   ///< stored bytes are not what was written: restore from a backup
  kInUse,         ///< another process has the directory
  kOtherBirth,    ///< the log was born with other partition counts
  kNewerFormat,   ///< written by a newer build
  kNoSpace,       ///< the disk is full
  kIo,            ///< the disk failed
  kBusy,          ///< too much is queued: try again later
  kTooLarge,      ///< an envelope or record beyond the limit
  kNoPartition,   ///< there is no such partition
  kFenced,        ///< a newer writer took over, or the sequence is not the next
  kClosed,        ///< closing, or not yet reopened after a failure
  kReadOnly,      ///< a follower does not write
  kAlreadyThere,  ///< the target of a backup or restore exists
  kMoved,         ///< the log is on its way elsewhere, or was moved
  kNoLog,         ///< there is no log in this directory
  kBadRequest,    ///< the caller's mistake
};
const std::error_category& log_category();
inline std::error_code make_error_code(LogErrc code) {
  return {static_cast<int>(code), log_category()};
}
[[nodiscard]] inline tl::unexpected<Error> log_failure(LogErrc code, std::string context) {
  return failure(make_error_code(code), std::move(context));
}
/// RocksDB's message names the file.
[[nodiscard]] Error error_of(const ::rocksdb::Status& status, std::string tried);

}  // namespace motorcade::rocks

template <>
struct std::is_error_code_enum<motorcade::rocks::LogErrc> : std::true_type {};
