#include "adapters/files/durable_file.hpp"

#include <fcntl.h>
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

Result<std::string> read_file(const fs::path& path) {
  if (!fs::exists(path)) return file_failure(FileErrc::kNotFound, path.string());
  TRY(const auto file, open_file(path, O_RDONLY));
  std::string bytes;
  std::array<char, 64 << 10> buffer;
  while (true) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("reading " + path.string());
    if (got == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<void> replace_file(const fs::path& path, std::string_view bytes) {
  const fs::path part = path.string() + ".part";
  TRY(const auto file, open_file(part, O_WRONLY | O_CREAT | O_TRUNC));
  TRY_VOID(write_all(file, bytes, part));
  TRY_VOID(sync_file(file, part));
  if (::rename(part.c_str(), path.c_str()) != 0)
    return system_failure("renaming to " + path.string());
  return sync_directory(path.parent_path());
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
