// POSIX files that are durable when they say so.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "events/result.hpp"

namespace motorcade::files {

/// An open file descriptor; closed with it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Made for the owner alone (0600) if `flags` create it.
[[nodiscard]] Result<Descriptor> open_file(const std::filesystem::path& path, int flags);
[[nodiscard]] Result<void> write_all(const Descriptor& file, std::string_view bytes,
                                     const std::filesystem::path& path);
[[nodiscard]] Result<void> sync_file(const Descriptor& file, const std::filesystem::path& path);
/// Makes names in it durable.
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& directory);
/// From this place to the end.
[[nodiscard]] Result<std::string> read_from(const Descriptor& file, std::uint64_t offset,
                                            const std::filesystem::path& path);
/// kNotFound if there is none.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);
enum class Sync { kSynced, kUnsynced };
using enum Sync;
/// Whole or not at all: written aside ("….part-…", a name of its own), synced, renamed.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes,
                                        Sync sync = kSynced);
/// Held until the descriptor is closed; for all processes on whatever machine the directory is
/// shared with. Waits for the others. The file is made if it is not there.
[[nodiscard]] Result<Descriptor> lock_file(const std::filesystem::path& path);
/// Makes the directory durable in its parent, too.
[[nodiscard]] Result<void> make_directory(const std::filesystem::path& directory,
                                          std::filesystem::perms permissions);

}  // namespace motorcade::files
