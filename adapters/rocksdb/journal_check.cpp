#include "adapters/rocksdb/journal_check.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string_view>

#include "adapters/rocksdb/crc32c.hpp"
#include "adapters/rocksdb/error.hpp"

namespace motorcade::rocks {
namespace {

// RocksDB's log format: blocks of 32 KiB; record = masked CRC-32C u32 · size u16 · type u8 · bytes,
// little-endian, never across a block's end. The checksum covers type and bytes.
constexpr std::size_t kBlockBytes = 32 << 10;
constexpr std::size_t kJournalHeaderBytes = 7;

std::uint32_t little(std::string_view bytes, int width) {
  std::uint32_t value = 0;
  for (int i = width - 1; i >= 0; --i)
    value = value << 8 | static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

std::uint32_t unmasked_checksum(std::string_view header) {
  const auto rotated = little(header, 4) - 0xa282ead8U;
  return rotated >> 17 | rotated << 15;
}

struct Record {
  std::uint32_t checksum;
  std::size_t size;        ///< as the header says
  std::string_view typed;  ///< type and what follows, up to the end of the block or file
  [[nodiscard]] bool is_whole() const { return 1 + size <= typed.size(); }
  [[nodiscard]] bool is_sound() const {
    return is_whole() && crc32c(typed.substr(0, 1 + size)) == checksum;
  }
};

std::optional<Record> record_at(std::string_view file, std::size_t at) {
  const auto left = std::min(file.size() - at, kBlockBytes - at % kBlockBytes);
  if (left < kJournalHeaderBytes) return std::nullopt;
  const auto header = file.substr(at, kJournalHeaderBytes);
  return Record{unmasked_checksum(header), little(header.substr(4), 2),
                file.substr(at + kJournalHeaderBytes - 1, left - kJournalHeaderBytes + 1)};
}

bool is_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

/// Would the record be sound with another size, and be followed by a record, or nothing?
bool has_wrong_size(std::string_view file, std::size_t at, const Record& record) {
  auto checksum = crc32c(record.typed.substr(0, 1));
  for (std::size_t size = 0;; ++size) {
    if (checksum == record.checksum) {
      const auto next = at + kJournalHeaderBytes + size;
      const auto after = record_at(file, next);
      if (!after || after->is_sound() || is_zero(after->typed)) return true;
    }
    if (size + 1 >= record.typed.size()) return false;
    checksum = crc32c(record.typed.substr(size + 1, 1), checksum);
  }
}

/// Where the file is damaged, if it is: whole records, then perhaps a torn one, are sound.
std::optional<std::size_t> find_damage(std::string_view file) {
  std::size_t at = 0;
  while (at < file.size()) {
    const auto record = record_at(file, at);
    if (!record) {  // padding, or a torn header
      at += std::min(file.size() - at, kBlockBytes - at % kBlockBytes);
      continue;
    }
    if (record->is_sound()) {
      at += kJournalHeaderBytes + record->size;
      continue;
    }
    if (is_zero(file.substr(at))) return std::nullopt;  // allocated, not written
    const bool reaches_end = at + kJournalHeaderBytes - 1 + record->typed.size() == file.size();
    const bool torn = !record->is_whole() && reaches_end && !has_wrong_size(file, at, *record);
    return torn ? std::nullopt : std::optional(at);
  }
  return std::nullopt;
}

class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd >= 0 && ::fstat(fd, &info) == 0) {
      size_ = static_cast<std::size_t>(info.st_size);
      if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      ok_ = data_ != MAP_FAILED;
    }
    if (fd >= 0) ::close(fd);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() {
    if (ok_ && data_ != nullptr) ::munmap(data_, size_);
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
  bool ok_ = false;
};

Result<void> check_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  if (!file.ok()) return log_failure(LogErrc::kIo, "reading " + path.string());
  if (const auto damage = find_damage(file.bytes()))
    return log_failure(LogErrc::kDamaged,
                       path.string() + " is damaged at byte " + std::to_string(*damage));
  return {};
}

}  // namespace

Result<void> check_journals(const std::filesystem::path& directory) {
  std::string manifest;
  std::getline(std::ifstream(directory / "CURRENT"), manifest);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored))
    if (entry.path().extension() == ".log" || entry.path().filename() == manifest)
      TRY_VOID(check_file(entry.path()));
  return {};
}

}  // namespace motorcade::rocks
