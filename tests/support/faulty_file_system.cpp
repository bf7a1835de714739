#include "support/faulty_file_system.hpp"

#include <filesystem>

namespace motorcade::testing_support {

using ::rocksdb::IODebugContext;
using ::rocksdb::IOOptions;
using ::rocksdb::IOStatus;

namespace {

class TrackedFile final : public ::rocksdb::FSWritableFileOwnerWrapper {
 public:
  TrackedFile(std::unique_ptr<FSWritableFile> file, std::string path, FaultyFileSystem& system)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), system_(system) {}

  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* context) override {
    if (auto checked = system_.check(Operation::kAppend, path_); !checked.ok()) {
      const auto torn = std::min(system_.torn_bytes(), data.size());
      if (torn > 0) target()->Append({data.data(), torn}, options, context).PermitUncheckedError();
      return checked;
    }
    written_ += data.size();
    return target()->Append(data, options, context);
  }
  IOStatus Append(const ::rocksdb::Slice& data, const IOOptions& options,
                  const ::rocksdb::DataVerificationInfo&, IODebugContext* context) override {
    return Append(data, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    if (auto checked = system_.check(Operation::kSync, path_); !checked.ok()) return checked;
    auto synced = target()->Sync(options, context);
    if (synced.ok()) system_.note_synced(path_, written_);
    return synced;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    return Sync(options, context);
  }

 private:
  std::string path_;
  FaultyFileSystem& system_;
  std::uint64_t written_ = 0;
};

}  // namespace

void FaultyFileSystem::set_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

IOStatus FaultyFileSystem::check(Operation operation, const std::string& path) {
  if (powerless_) return IOStatus::IOError("the power is off");
  const std::lock_guard lock(mutex_);
  return fault_ ? fault_(operation, path) : IOStatus::OK();
}

void FaultyFileSystem::note_synced(const std::string& path, std::uint64_t bytes) {
  if (powerless_) return;
  const std::lock_guard lock(mutex_);
  synced_bytes_[path] = bytes;
}

void FaultyFileSystem::lose_unsynced() {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, bytes] : synced_bytes_) {
    std::error_code gone;
    const auto size = std::filesystem::file_size(path, gone);
    if (!gone && size > bytes) std::filesystem::resize_file(path, bytes);
  }
  synced_bytes_.clear();
  powerless_ = false;
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& path,
                                           const ::rocksdb::FileOptions& options,
                                           std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                           IODebugContext* context) {
  if (auto checked = check(Operation::kCreate, path); !checked.ok()) return checked;
  std::unique_ptr<::rocksdb::FSWritableFile> made;
  auto status = target()->NewWritableFile(path, options, &made, context);
  if (!status.ok()) return status;
  note_synced(path, 0);
  *file = std::make_unique<TrackedFile>(std::move(made), path, *this);
  return status;
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                      const IOOptions& options, IODebugContext* context) {
  if (auto checked = check(Operation::kCreate, to); !checked.ok()) return checked;
  const std::lock_guard lock(mutex_);
  if (const auto found = synced_bytes_.find(from); found != synced_bytes_.end()) {
    synced_bytes_[to] = found->second;
    synced_bytes_.erase(from);
  }
  return target()->RenameFile(from, to, options, context);
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                      IODebugContext* context) {
  if (powerless_) return IOStatus::IOError("the power is off");
  const std::lock_guard lock(mutex_);
  synced_bytes_.erase(path);
  return target()->DeleteFile(path, options, context);
}

IOStatus FaultyFileSystem::GetFreeSpace(const std::string& path, const IOOptions& options,
                                        std::uint64_t* bytes, IODebugContext* context) {
  auto status = target()->GetFreeSpace(path, options, bytes, context);
  *bytes = std::min<std::uint64_t>(*bytes, free_bytes_);
  return status;
}

}  // namespace motorcade::testing_support
