#include <fcntl.h>
#include <unistd.h>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/log.hpp"

namespace motorcade::rocks {
namespace {

namespace fs = std::filesystem;

/// Checked and renamed, in place.
Result<ports::LogBirth> rename_copy(const fs::path& copy) {
  Options options;
  options.directory = copy;
  TRY(const auto database, Database::open(options));
  TRY(const auto places, database->places());
  static_cast<void>(places);  // read to check the copy
  TRY_VOID(database->rename(random_incarnation()));
  return database->birth();
}

Result<void> sync_file_system(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int failed = fd < 0 ? -1 : ::syncfs(fd);
  const std::error_code error(errno, std::generic_category());
  if (fd >= 0) ::close(fd);
  if (failed != 0) return failure(error, "syncing " + directory.string());
  return {};
}

}  // namespace

Result<ports::LogBirth> restore(const fs::path& backup, const fs::path& target) {
  if (!fs::exists(backup / "CURRENT")) return log_failure(LogErrc::kNoLog, backup.string());
  if (fs::exists(target)) return log_failure(LogErrc::kAlreadyThere, target.string());
  const fs::path copy = target.string() + ".restoring";
  std::error_code error;
  fs::remove_all(copy, error);
  if (!error) fs::copy(backup, copy, fs::copy_options::recursive, error);
  if (error) return failure(error, "copying " + backup.string() + " to " + copy.string());
  TRY(auto birth, rename_copy(copy));
  // Whole, or not there.
  TRY_VOID(sync_file_system(copy));
  fs::rename(copy, target, error);
  if (error) return failure(error, "moving " + copy.string() + " to " + target.string());
  TRY_VOID(sync_file_system(target));
  return birth;
}

}  // namespace motorcade::rocks
