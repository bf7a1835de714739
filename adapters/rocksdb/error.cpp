#include "adapters/rocksdb/error.hpp"

#include <rocksdb/status.h>

namespace motorcade::rocks {
namespace {

class LogCategory final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "log"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<LogErrc>(code)) {
      case LogErrc::kDamaged:
        return "the log is damaged; restore it from a backup";
      case LogErrc::kInUse:
        return "another process has this log open; end that process first";
      case LogErrc::kOtherBirth:
        return "the log was born with other partition counts, which are fixed for its life";
      case LogErrc::kNewerFormat:
        return "written by a newer version of the program; use that version";
      case LogErrc::kNoSpace:
        return "no space left for the log; free some, it goes on by itself";
      case LogErrc::kIo:
        return "the log's disk failed";
      case LogErrc::kBusy:
        return "the log has too much to do; try again later";
      case LogErrc::kTooLarge:
        return "too large for the log";
      case LogErrc::kNoPartition:
        return "the log has no such partition";
      case LogErrc::kFenced:
        return "there is a newer writer";
      case LogErrc::kClosed:
        return "the log is closed";
      case LogErrc::kReadOnly:
        return "this log was opened for reading only";
      case LogErrc::kAlreadyThere:
        return "the target exists; name one that does not";
      case LogErrc::kMoved:
        return "this log is closed, because of motorcade log copy";
      case LogErrc::kNoLog:
        return "there is no log here";
      case LogErrc::kBadRequest:
        return "the caller asked for what makes no sense";
    }
    return "unknown error of the log";
  }
  /// For readers that must know, without knowing this log, what trying again does not mend.
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    switch (static_cast<LogErrc>(code)) {
      case LogErrc::kDamaged:
      case LogErrc::kNewerFormat:
        return std::errc::bad_message;
      case LogErrc::kNoPartition:
      case LogErrc::kBadRequest:
        return std::errc::invalid_argument;
      default:
        return {code, *this};
    }
  }
};

LogErrc code_of(const ::rocksdb::Status& status) {
  if (status.IsCorruption() || status.IsNotFound()) return LogErrc::kDamaged;
  if (status.IsNoSpace()) return LogErrc::kNoSpace;
  if (status.IsNotSupported()) return LogErrc::kNewerFormat;
  if (status.IsInvalidArgument()) return LogErrc::kDamaged;  // options do not fit the files
  // RocksDB has no code of its own for a lock that is held.
  const auto says = [text = status.ToString()](const char* what) {
    return text.find(what) != std::string::npos;
  };
  if (says("lock") && (says("by current process") || says("temporarily unavailable")))
    return LogErrc::kInUse;
  if (status.IsShutdownInProgress()) return LogErrc::kClosed;
  return LogErrc::kIo;
}

}  // namespace

const std::error_category& log_category() {
  static const LogCategory category;
  return category;
}

Error error_of(const ::rocksdb::Status& status, std::string tried) {
  return {make_error_code(code_of(status)), std::move(tried) + " (" + status.ToString() + ")"};
}

}  // namespace motorcade::rocks
