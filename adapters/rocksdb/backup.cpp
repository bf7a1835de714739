#include <fcntl.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include "adapters/rocksdb/database.hpp"
#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/log.hpp"
#include "events/wire/records.hpp"

namespace motorcade::rocks {
namespace {

namespace fs = std::filesystem;

/// A message between state machines, as one of the log's new life; none: no such message. It names
/// no predecessor: its receiver knows none of this life.
std::optional<std::string> adopted(std::string_view bytes, const Incarnation& incarnation) {
  auto record = wire::decode_record(bytes);
  auto* message = record ? std::get_if<MessageCause>(&record->cause) : nullptr;
  if (message == nullptr) return std::nullopt;
  message->incarnation = incarnation;
  message->previous.reset();
  return wire::encode_record(*record);
}

/// Messages that nobody had read would be refused as another log's, and were acknowledged: nobody
/// would send them again.
Result<void> adopt_messages(Database& database, const Incarnation& incarnation) {
  constexpr std::size_t kBatchBytes = 16 << 20;
  ::rocksdb::WriteBatch batch;
  const auto write = [&]() -> Result<void> {
    ::rocksdb::WriteOptions synced;
    synced.sync = true;
    if (const auto done = database.db().Write(synced, &batch); !done.ok())
      return tl::unexpected(error_of(done, "renaming unread messages"));
    batch.Clear();
    return {};
  };
  const std::unique_ptr<::rocksdb::Iterator> at(database.db().NewIterator({}, database.inbox()));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const auto record = adopted(at->value().ToStringView(), incarnation);
    if (record) batch.Put(database.inbox(), at->key(), *record);
    if (batch.GetDataSize() > kBatchBytes) TRY_VOID(write());
  }
  if (!at->status().ok()) return tl::unexpected(error_of(at->status(), "reading the inboxes"));
  return write();
}

/// Checked and renamed, in place.
Result<ports::LogBirth> rename_copy(const fs::path& copy) {
  Options options;
  options.directory = copy;
  TRY(const auto database, Database::open(options));
  TRY(const auto places, database->places());
  static_cast<void>(places);  // read to check the copy
  const auto incarnation = random_incarnation();
  TRY_VOID(adopt_messages(*database, incarnation));
  TRY_VOID(database->rename(incarnation));
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
