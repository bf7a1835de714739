// A file system for RocksDB that knows what was synced, can lose the rest, and fails on request.
// Thread-safe.
#pragma once
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace motorcade::testing_support {

enum class Operation { kAppend, kSync, kCreate };
/// Asked before each operation; not OK: the operation is not done and fails so.
using Fault = std::function<::rocksdb::IOStatus(Operation, const std::string& path)>;

class FaultyFileSystem final : public ::rocksdb::FileSystemWrapper {
 public:
  FaultyFileSystem() : FileSystemWrapper(::rocksdb::FileSystem::Default()) {}
  [[nodiscard]] const char* Name() const override { return "FaultyFileSystem"; }

  void set_fault(Fault fault);
  /// After an append that fails because of the fault, this many of its bytes are written yet.
  void set_torn_bytes(std::size_t bytes) { torn_bytes_ = bytes; }
  void set_free_bytes(std::uint64_t bytes) { free_bytes_ = bytes; }

  /// From now on nothing reaches the disk: the power is off. Then close what is open, and …
  void cut_power() { powerless_ = true; }
  /// … what was not synced is gone.
  void lose_unsynced();

  ::rocksdb::IOStatus NewWritableFile(const std::string& path,
                                      const ::rocksdb::FileOptions& options,
                                      std::unique_ptr<::rocksdb::FSWritableFile>* file,
                                      ::rocksdb::IODebugContext* context) override;
  ::rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                                 const ::rocksdb::IOOptions& options,
                                 ::rocksdb::IODebugContext* context) override;
  ::rocksdb::IOStatus DeleteFile(const std::string& path, const ::rocksdb::IOOptions& options,
                                 ::rocksdb::IODebugContext* context) override;
  ::rocksdb::IOStatus GetFreeSpace(const std::string& path, const ::rocksdb::IOOptions& options,
                                   std::uint64_t* bytes,
                                   ::rocksdb::IODebugContext* context) override;

  // For the files that it opens.
  ::rocksdb::IOStatus check(Operation operation, const std::string& path);
  void note_synced(const std::string& path, std::uint64_t bytes);
  [[nodiscard]] std::size_t torn_bytes() const { return torn_bytes_; }

 private:
  std::mutex mutex_;
  Fault fault_;
  std::map<std::string, std::uint64_t> synced_bytes_;
  std::atomic<bool> powerless_ = false;
  std::atomic<std::size_t> torn_bytes_ = 0;
  std::atomic<std::uint64_t> free_bytes_ = ~std::uint64_t{0};
};

}  // namespace motorcade::testing_support
