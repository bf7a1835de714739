#include "vehicle_agent/vmg/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "digest/digest.hpp"

namespace motorcade::vmg {

namespace {
constexpr std::string_view kMagic = "MCVMGJ01";
constexpr std::size_t kHeader = 12;
constexpr std::uint32_t kMostRecordBytes = 64U << 20;

tl::unexpected<Error> io_failure(const std::string& what, const std::filesystem::path& path) {
  return failure(Errc::kStorage,
                 what + " " + path.string() + ": " + std::generic_category().message(errno));
}

std::uint64_t check_of(std::uint64_t before, std::string_view record) {
  digest::CanonicalWriter bytes;
  bytes.u64(before);
  bytes.text(record);
  const auto hash = digest::sha256(bytes.bytes());
  std::uint64_t check = 0;
  for (std::size_t i = 0; i < 8; ++i) check = check << 8 | hash[i];
  return check;
}

std::string frame(std::uint64_t check, std::string_view record) {
  digest::CanonicalWriter out;
  out.u32(static_cast<std::uint32_t>(record.size()));
  out.u64(check);
  out.raw(record);
  return out.take();
}

/// The record of the frame at the beginning of `bytes`; nothing: none that checks.
std::optional<std::string_view> record_at(std::string_view bytes, std::uint64_t before) {
  digest::CanonicalReader in(bytes);
  const auto size = in.u32();
  const auto check = in.u64();
  if (!in.ok() || size == 0 || size > kMostRecordBytes) return std::nullopt;
  const auto record = in.raw(size);
  if (!in.ok() || check_of(before, record) != check) return std::nullopt;
  return record;
}

/// Whether a frame that follows an unreadable one checks: then the unreadable one was synced once.
/// The follower's check builds on the unreadable one's, which is what that frame claims, or, should
/// just the claim be damaged, what its bytes give.
bool anything_valid_after(std::string_view bytes, std::uint64_t before) {
  if (bytes.size() < kHeader) return false;
  digest::CanonicalReader in(bytes);
  const auto size = in.u32();
  const auto claimed = in.u64();
  const auto record = in.raw(size);
  if (in.ok() && record_at(bytes.substr(kHeader + size), check_of(before, record))) return true;
  for (std::size_t at = kHeader; at + kHeader < bytes.size(); ++at)
    if (record_at(bytes.substr(at), claimed)) return true;
  return false;
}

void sync_directory_of(const std::filesystem::path& path) {
  const int fd = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}
}  // namespace

Result<Journal> Journal::open(const std::filesystem::path& path, const JournalOptions& options,
                              std::vector<std::string>& records) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return io_failure("opening", path);
  Journal journal(path, options, fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    return failure(Errc::kStorage, path.string() + " is used by another vehicle agent");
  TRY_VOID(journal.read(records));
  return journal;
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      options_(other.options_),
      fd_(std::exchange(other.fd_, -1)),
      size_bytes_(other.size_bytes_),
      compacted_bytes_(other.compacted_bytes_),
      check_(other.check_) {}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> Journal::read(std::vector<std::string>& records) {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return io_failure("reading", path_);
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  if (!bytes.empty() && ::pread(fd_, bytes.data(), bytes.size(), 0) != info.st_size)
    return io_failure("reading", path_);
  std::string_view rest(bytes);
  if (rest.size() < kMagic.size()) {  // new, or torn when it was made
    if (kMagic.substr(0, rest.size()) != rest && rest.find_first_not_of('\0') != rest.npos)
      return failure(Errc::kJournalDamaged, path_.string() + " is not a journal");
    if (::ftruncate(fd_, 0) != 0) return io_failure("emptying", path_);
    TRY_VOID(write_all(fd_, kMagic));
    if (options_.sync) sync_directory_of(path_);
    size_bytes_ = compacted_bytes_ = kMagic.size();
    return {};
  }
  if (!rest.starts_with(kMagic))
    return failure(Errc::kJournalDamaged, path_.string() + " is not a journal of this version");
  rest.remove_prefix(kMagic.size());
  while (const auto record = record_at(rest, check_)) {
    check_ = check_of(check_, *record);
    records.emplace_back(*record);
    rest.remove_prefix(kHeader + record->size());
  }
  size_bytes_ = bytes.size() - rest.size();
  compacted_bytes_ = kMagic.size();
  if (rest.empty()) return {};
  if (anything_valid_after(rest, check_))
    return failure(Errc::kJournalDamaged, path_.string() + " at byte " +
                                              std::to_string(size_bytes_) +
                                              "; restore it, or remove it to begin a new outbox");
  if (::ftruncate(fd_, static_cast<off_t>(size_bytes_)) != 0)
    return io_failure("cutting the torn end of", path_);
  return {};
}

Result<void> Journal::write_all(int fd, std::string_view bytes) const {
  off_t at = ::lseek(fd, 0, SEEK_END);
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_failure("writing", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += written;
  }
  if (options_.sync && ::fdatasync(fd) != 0) return io_failure("syncing", path_);
  return {};
}

Result<void> Journal::append(std::string_view record) {
  const auto check = check_of(check_, record);
  const auto bytes = frame(check, record);
  TRY_VOID(write_all(fd_, bytes));
  check_ = check;
  size_bytes_ += bytes.size();
  return {};
}

bool Journal::wants_compaction() const {
  return size_bytes_ > options_.compact_above_bytes && size_bytes_ > 4 * compacted_bytes_;
}

Result<void> Journal::compact(std::string_view snapshot) {
  const auto fresh = path_.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return io_failure("making", fresh);
  const auto check = check_of(0, snapshot);
  auto bytes = std::string(kMagic) + frame(check, snapshot);
  auto written = write_all(fd, bytes);
  if (written &&
      (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::rename(fresh.c_str(), path_.c_str()) != 0))
    written = io_failure("replacing", path_);
  if (!written) {
    ::close(fd);
    return written;
  }
  ::close(std::exchange(fd_, fd));
  check_ = check;
  size_bytes_ = compacted_bytes_ = bytes.size();
  if (options_.sync) sync_directory_of(path_);
  return {};
}

}  // namespace motorcade::vmg
