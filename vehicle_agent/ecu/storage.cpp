#include "vehicle_agent/ecu/storage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace motorcade::in_vehicle {
namespace {

tl::unexpected<Error> system_failure(std::string what) {
  return failure(std::error_code(errno, std::generic_category()), std::move(what));
}

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool ok() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool write_at(std::uint64_t offset, const void* data, std::size_t size) const {
    const auto* at = static_cast<const char*>(data);
    while (size > 0) {
      const auto n = ::pwrite(fd_, at, size, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return false;
      at += n;
      offset += static_cast<std::uint64_t>(n);
      size -= static_cast<std::size_t>(n);
    }
    return true;
  }
  [[nodiscard]] bool read_at(std::uint64_t offset, void* data, std::size_t size) const {
    auto* at = static_cast<char*>(data);
    while (size > 0) {
      const auto n = ::pread(fd_, at, size, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) errno = ENODATA;
      if (n <= 0) return false;
      at += n;
      offset += static_cast<std::uint64_t>(n);
      size -= static_cast<std::size_t>(n);
    }
    return true;
  }

 private:
  int fd_;
};

/// Names that were made or changed in it are on disk when it returns.
Result<void> sync_directory(const std::filesystem::path& path) {
  const File directory(path, O_RDONLY | O_DIRECTORY);
  if (!directory.ok() || ::fsync(directory.fd()) != 0)
    return system_failure("syncing " + path.string());
  return {};
}

/// Whole or not at all, and on disk when it returns.
Result<void> replace_file(const std::filesystem::path& path, std::string_view content) {
  auto fresh = path;
  fresh += ".new";
  {
    const File file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.ok() || !file.write_at(0, content.data(), content.size()) ||
        ::fdatasync(file.fd()) != 0)
      return system_failure("writing " + fresh.string());
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return system_failure("replacing " + path.string());
  return sync_directory(path.parent_path());
}

class MemoryBlob final : public Blob {
 public:
  std::uint64_t size_bytes() const override { return shared_ ? shared_->size() : bytes_.size(); }
  Result<void> write(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
    if (shared_) bytes_ = *std::exchange(shared_, nullptr);
    if (offset > bytes_.size()) return failure(Errc::storage, "writing beyond the end of a blob");
    if (bytes_.size() < offset + bytes.size()) bytes_.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    return {};
  }
  Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    const auto& from = shared_ ? *shared_ : bytes_;
    if (offset > from.size() || into.size() > from.size() - offset)
      return failure(Errc::storage, "reading beyond the end of a blob");
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<void> assign(std::shared_ptr<const std::string> image) override {
    std::string().swap(bytes_);
    shared_ = std::move(image);
    return {};
  }

 private:
  std::shared_ptr<const std::string> shared_;
  std::string bytes_;
};

/// Opens the file for each operation: hundreds of ECUs in one process would else hold a descriptor
/// per bank.
class FileBlob final : public Blob {
 public:
  explicit FileBlob(std::filesystem::path path) : path_(std::move(path)) {}
  std::uint64_t size_bytes() const override {
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    return error ? 0 : size;
  }
  Result<void> write(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
    const File file(path_, O_WRONLY | O_CREAT);
    if (!file.ok() || !file.write_at(offset, bytes.data(), bytes.size()))
      return system_failure("writing " + path_.string());
    return {};
  }
  Result<void> read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    const File file(path_, O_RDONLY);
    if (!file.ok() || !file.read_at(offset, into.data(), into.size()))
      return system_failure("reading " + path_.string());
    return {};
  }
  Result<void> sync() override {
    const File file(path_, O_WRONLY);
    if (!file.ok() || ::fdatasync(file.fd()) != 0)
      return system_failure("syncing " + path_.string());
    return sync_directory(path_.parent_path());
  }
  Result<void> assign(std::shared_ptr<const std::string> image) override {
    if (image) return replace_file(path_, *image);
    const File file(path_, O_WRONLY | O_CREAT | O_TRUNC);
    return file.ok() ? Result<void>{} : system_failure("emptying " + path_.string());
  }

 private:
  std::filesystem::path path_;
};

class MemoryStorage final : public EcuStorage {
 public:
  Blob& bank(std::size_t index) override { return banks_[index]; }
  Result<std::optional<std::string>> load() override { return state_; }
  Result<void> save(std::string_view state) override {
    state_ = std::string(state);
    return {};
  }

 private:
  MemoryBlob banks_[2];
  std::optional<std::string> state_;
};

class FileStorage final : public EcuStorage {
 public:
  explicit FileStorage(std::filesystem::path directory)
      : directory_(std::move(directory)),
        banks_{FileBlob(directory_ / "bank_a.bin"), FileBlob(directory_ / "bank_b.bin")} {}
  Blob& bank(std::size_t index) override { return banks_[index]; }
  Result<std::optional<std::string>> load() override {
    const auto path = directory_ / "state.bin";
    const File file(path, O_RDONLY);
    if (!file.ok() && errno == ENOENT) return std::optional<std::string>{};
    struct stat info {};
    if (!file.ok() || ::fstat(file.fd(), &info) != 0)
      return system_failure("opening " + path.string());
    constexpr off_t limit = 1024 * 1024;
    if (info.st_size > limit) return failure(Errc::storage, path.string() + " is no ECU state");
    std::string state(static_cast<std::size_t>(info.st_size), '\0');
    if (!file.read_at(0, state.data(), state.size()))
      return system_failure("reading " + path.string());
    return std::optional<std::string>(std::move(state));
  }
  Result<void> save(std::string_view state) override {
    return replace_file(directory_ / "state.bin", state);
  }

 private:
  std::filesystem::path directory_;
  FileBlob banks_[2];
};

}  // namespace

Result<digest::Sha256> sha256_of(const Blob& blob) {
  digest::Sha256Stream stream;
  std::vector<std::uint8_t> piece(64 * 1024);
  const auto size_bytes = blob.size_bytes();
  for (std::uint64_t at = 0; at < size_bytes; at += piece.size()) {
    const auto part = std::span(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size_bytes - at)));
    if (auto read = blob.read(at, part); !read) return tl::unexpected(std::move(read).error());
    stream.update({reinterpret_cast<const char*>(part.data()), part.size()});
  }
  return stream.finish();
}

std::unique_ptr<Blob> make_memory_blob() {
  return std::make_unique<MemoryBlob>();
}
std::unique_ptr<Blob> make_file_blob(std::filesystem::path path) {
  return std::make_unique<FileBlob>(std::move(path));
}
std::unique_ptr<EcuStorage> make_memory_storage() {
  return std::make_unique<MemoryStorage>();
}

Result<std::unique_ptr<EcuStorage>> make_file_storage(std::filesystem::path directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(error, "making " + directory.string());
  std::unique_ptr<EcuStorage> storage = std::make_unique<FileStorage>(std::move(directory));
  return storage;
}

}  // namespace motorcade::in_vehicle
