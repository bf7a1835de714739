#include "adapters/files/durable_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "adapters/files/error.hpp"

namespace motorcade::files {

namespace fs = std::filesystem;

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> open_file(const fs::path& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!file.is_open()) return system_failure("opening " + path.string());
  return file;
}

Result<void> write_all(const Descriptor& file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure("writing " + path.string());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> sync_file(const Descriptor& file, const fs::path& path) {
  if (::fsync(file.get()) != 0) return system_failure("syncing " + path.string());
  return {};
}

Result<void> sync_directory(const fs::path& directory) {
  TRY(const auto opened, open_file(directory, O_RDONLY | O_DIRECTORY));
  return sync_file(opened, directory);
}

Result<std::string> read_from(const Descriptor& file, std::uint64_t offset, const fs::path& path) {
  std::string bytes;
  std::array<char, 64 << 10> buffer;
  while (true) {
    const auto got = ::pread(file.get(), buffer.data(), buffer.size(),
                             static_cast<off_t>(offset + bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + path.string());
    if (got == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<std::string> read_file(const fs::path& path) {
  if (!fs::exists(path)) return file_failure(FileErrc::kNotFound, path.string());
  TRY(const auto file, open_file(path, O_RDONLY));
  return read_from(file, 0, path);
}

Result<void> replace_file(const fs::path& path, std::string_view bytes, Sync sync) {
  auto part = path.string() + ".part-XXXXXX";
  const Descriptor file(::mkostemp(part.data(), O_CLOEXEC));
  if (!file.is_open()) return system_failure("creating " + part);
  auto written = write_all(file, bytes, part);
  if (written && sync == kSynced) written = sync_file(file, part);
  if (written && ::rename(part.c_str(), path.c_str()) != 0)
    written = system_failure("renaming to " + path.string());
  if (written) return sync == kSynced ? sync_directory(path.parent_path()) : Result<void>{};
  ::unlink(part.c_str());
  return written;
}

Result<Descriptor> lock_file(const fs::path& path) {
  TRY(auto file, open_file(path, O_RDWR | O_CREAT));
  while (::flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) return system_failure("locking " + path.string());
  return file;
}

Result<void> make_directory(const fs::path& directory, fs::perms permissions) {
  if (fs::is_directory(directory)) return {};
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) fs::permissions(directory, permissions, error);
  if (error) return failure(error, "creating " + directory.string());
  const auto parent = fs::absolute(directory).parent_path();
  return sync_directory(parent);
}

}  // namespace motorcade::files
