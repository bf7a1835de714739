// Where bytes come from and go to. A Source is random access and immutable by contract; pinned()
// holds a source to the contract by force, so that what is installed is what was hashed, whoever
// writes to the file meanwhile.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "digest/digest.hpp"
#include "otap/error.hpp"

namespace motorcade::otap {

/// Used by one thread at a time.
class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Fills all of `out` with the bytes from `offset` on. Errors: truncated, io_failed, altered.
  [[nodiscard]] virtual Result<void> read_at(std::uint64_t offset, std::span<char> out) const = 0;
};
using SourcePtr = std::shared_ptr<const Source>;

[[nodiscard]] SourcePtr memory_source(std::string bytes);
/// A regular file, kept open: renaming or replacing its name afterwards changes nothing.
[[nodiscard]] Result<SourcePtr> file_source(const std::filesystem::path& path);
/// `size` bytes of `whole` from `offset` on; truncated when they are not all there.
[[nodiscard]] Result<SourcePtr> slice(SourcePtr whole, std::uint64_t offset, std::uint64_t size);
/// Reads `source` once through and remembers the digest of every 64 KiB (32 bytes each); every
/// later read of a changed byte fails with `altered`, as does this call when the whole does not
/// have `expected`.
[[nodiscard]] Result<SourcePtr> pinned(SourcePtr source, std::optional<digest::Sha256> expected);

/// SHA-256 of a whole source, in pieces.
[[nodiscard]] Result<digest::Sha256> sha256_of(const Source& source);
/// All of a small source in memory; limit_exceeded when it is larger than `limit_bytes`.
[[nodiscard]] Result<std::string> read_all(const Source& source, std::uint64_t limit_bytes);

/// Takes the next bytes that were written; its error ends the writing.
using Sink = std::function<Result<void>(std::string_view)>;

/// A new file that is whole and synced once close() has succeeded.
class FileSink {
 public:
  /// Creates or empties the file.
  [[nodiscard]] static Result<FileSink> create(const std::filesystem::path& path);
  /// For keys: mode 0600, and the file must not exist yet.
  [[nodiscard]] static Result<FileSink> create_private(const std::filesystem::path& path);
  FileSink(FileSink&& other) noexcept;
  FileSink& operator=(FileSink&&) = delete;
  ~FileSink();
  [[nodiscard]] Result<void> write(std::string_view bytes);
  [[nodiscard]] Result<void> close();
  /// Refers to this object.
  [[nodiscard]] Sink sink();

 private:
  static Result<FileSink> open(const std::filesystem::path& path, int flags, unsigned mode);
  FileSink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  int fd_;
  std::string name_;
};

[[nodiscard]] std::string hex(const digest::Sha256& digest);

}  // namespace motorcade::otap
