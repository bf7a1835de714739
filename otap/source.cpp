#include "otap/source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace motorcade::otap {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

std::string at(std::uint64_t offset) {
  return " at byte " + std::to_string(offset);
}

Result<void> within(std::uint64_t offset, std::size_t count, std::uint64_t size) {
  if (offset > size || count > size - offset) {
    return failure(Errc::truncated, std::to_string(count) + " bytes wanted" + at(offset) +
                                        ", but only " + std::to_string(size) + " are there");
  }
  return {};
}

class MemorySource final : public Source {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<void> read_at(std::uint64_t offset, std::span<char> out) const override {
    OTAP_TRY_VOID(within(offset, out.size(), bytes_.size()));
    std::copy_n(bytes_.data() + offset, out.size(), out.data());
    return {};
  }

 private:
  std::string bytes_;
};

class FileSource final : public Source {
 public:
  FileSource(int fd, std::uint64_t size, std::string name)
      : fd_(fd), size_(size), name_(std::move(name)) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(fd_); }
  std::uint64_t size() const override { return size_; }
  Result<void> read_at(std::uint64_t offset, std::span<char> out) const override {
    OTAP_TRY_VOID(within(offset, out.size(), size_));
    while (!out.empty()) {
      const auto count = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        return failure(Errc::io_failed,
                       "reading " + name_ + at(offset) + ": " + std::strerror(errno));
      }
      if (count == 0)
        return failure(Errc::truncated, name_ + " became shorter, it ends" + at(offset));
      out = out.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

 private:
  int fd_;
  std::uint64_t size_;
  std::string name_;
};

class Slice final : public Source {
 public:
  Slice(SourcePtr whole, std::uint64_t offset, std::uint64_t size)
      : whole_(std::move(whole)), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<void> read_at(std::uint64_t offset, std::span<char> out) const override {
    OTAP_TRY_VOID(within(offset, out.size(), size_));
    return whole_->read_at(offset_ + offset, out);
  }

 private:
  SourcePtr whole_;
  std::uint64_t offset_, size_;
};

/// Calls `use` with each block of the source in turn.
template <class Use>
Result<void> each_block(const Source& source, Use use) {
  std::string block(std::min<std::uint64_t>(block_bytes, source.size()), '\0');
  for (std::uint64_t offset = 0; offset < source.size(); offset += block.size()) {
    const auto size = std::min<std::uint64_t>(block.size(), source.size() - offset);
    OTAP_TRY_VOID(source.read_at(offset, std::span(block.data(), size)));
    use(std::string_view(block.data(), size));
  }
  return {};
}

class PinnedSource final : public Source {
 public:
  PinnedSource(SourcePtr source, std::vector<digest::Sha256> blocks)
      : source_(std::move(source)), blocks_(std::move(blocks)) {}
  std::uint64_t size() const override { return source_->size(); }
  Result<void> read_at(std::uint64_t offset, std::span<char> out) const override {
    OTAP_TRY_VOID(within(offset, out.size(), size()));
    while (!out.empty()) {
      OTAP_TRY_VOID(load(offset / block_bytes));
      const auto start = static_cast<std::size_t>(offset % block_bytes);
      const auto count = std::min(out.size(), cached_.size() - start);
      std::copy_n(cached_.data() + start, count, out.data());
      out = out.subspan(count);
      offset += count;
    }
    return {};
  }

 private:
  Result<void> load(std::uint64_t index) const {
    if (index == cached_index_) return {};
    const auto start = index * block_bytes;
    cached_index_ = none;
    cached_.resize(std::min<std::uint64_t>(block_bytes, size() - start));
    OTAP_TRY_VOID(source_->read_at(start, std::span(cached_.data(), cached_.size())));
    if (digest::sha256(cached_) != blocks_[index]) {
      return failure(Errc::altered,
                     "the block" + at(start) + " changed after it had been verified");
    }
    cached_index_ = index;
    return {};
  }

  static constexpr std::uint64_t none = ~std::uint64_t{0};
  SourcePtr source_;
  std::vector<digest::Sha256> blocks_;
  mutable std::string cached_;
  mutable std::uint64_t cached_index_ = none;
};

}  // namespace

SourcePtr memory_source(std::string bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

Result<SourcePtr> file_source(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return failure(Errc::io_failed, "opening " + path.string() + ": " + std::strerror(errno));
  }
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return failure(Errc::io_failed, path.string() + " is no regular file");
  }
  return std::make_shared<FileSource>(fd, static_cast<std::uint64_t>(status.st_size),
                                      path.string());
}

Result<SourcePtr> slice(SourcePtr whole, std::uint64_t offset, std::uint64_t size) {
  if (offset > whole->size() || size > whole->size() - offset) {
    return failure(Errc::truncated, std::to_string(size) + " bytes wanted" + at(offset) +
                                        ", but only " + std::to_string(whole->size()) +
                                        " are there");
  }
  return std::make_shared<Slice>(std::move(whole), offset, size);
}

Result<SourcePtr> pinned(SourcePtr source, std::optional<digest::Sha256> expected) {
  std::vector<digest::Sha256> blocks;
  digest::Sha256Stream whole;
  OTAP_TRY_VOID(each_block(*source, [&](std::string_view block) {
    blocks.push_back(digest::sha256(block));
    whole.update(block);
  }));
  const auto found = whole.finish();
  if (expected && found != *expected) {
    return failure(Errc::altered, "SHA-256 is " + hex(found) + ", announced was " + hex(*expected));
  }
  return std::make_shared<PinnedSource>(std::move(source), std::move(blocks));
}

Result<digest::Sha256> sha256_of(const Source& source) {
  digest::Sha256Stream whole;
  OTAP_TRY_VOID(each_block(source, [&](std::string_view block) { whole.update(block); }));
  return whole.finish();
}

Result<std::string> read_all(const Source& source, std::uint64_t limit_bytes) {
  if (source.size() > limit_bytes) {
    return failure(Errc::limit_exceeded, std::to_string(source.size()) + " bytes, at most " +
                                             std::to_string(limit_bytes) + " are read into memory");
  }
  std::string bytes(source.size(), '\0');
  OTAP_TRY_VOID(source.read_at(0, std::span(bytes.data(), bytes.size())));
  return bytes;
}

Result<FileSink> FileSink::create(const std::filesystem::path& path) {
  return open(path, O_TRUNC, 0644);
}

Result<FileSink> FileSink::create_private(const std::filesystem::path& path) {
  return open(path, O_EXCL, 0600);
}

Result<FileSink> FileSink::open(const std::filesystem::path& path, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
  if (fd < 0) {
    return failure(Errc::io_failed, "creating " + path.string() + ": " + std::strerror(errno));
  }
  return FileSink(fd, path.string());
}

FileSink::FileSink(FileSink&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)) {}

FileSink::~FileSink() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> FileSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(fd_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return failure(Errc::io_failed, "writing " + name_ + ": " + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> FileSink::close() {
  const bool synced = ::fsync(fd_) == 0;
  const bool closed = ::close(std::exchange(fd_, -1)) == 0;
  if (!synced || !closed) {
    return failure(Errc::io_failed, "closing " + name_ + ": " + std::strerror(errno));
  }
  return {};
}

Sink FileSink::sink() {
  return [this](std::string_view bytes) { return write(bytes); };
}

std::string hex(const digest::Sha256& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto byte : digest) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace motorcade::otap
