#include "adapters/files/key_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/files/error.hpp"
#include "digest/digest.hpp"

namespace motorcade::files {
namespace {

constexpr std::string_view kJournalMagic = "MCKEYS1\n";
constexpr std::size_t kCheckBytes = 8;
constexpr std::size_t kMaxBodyBytes = 1 + sizeof(VehicleId) + 4 + kMaxSealedBytes;

std::string check_of(std::string_view body) {
  return std::string(Digest{digest::sha256(body)}.view().substr(0, kCheckBytes));
}

std::string encode(std::span<const KeyRecord> records) {
  digest::CanonicalWriter out;
  for (const auto& record : records) {
    digest::CanonicalWriter body;
    body.u8(static_cast<std::uint8_t>(record.kind));
    body.raw(record.vehicle.view());
    body.u32(record.generation);
    body.raw(record.sealed);
    out.text(body.bytes());
    out.raw(check_of(body.bytes()));
  }
  return out.take();
}

std::optional<KeyRecord> decode(std::string_view body) {
  digest::CanonicalReader in(body);
  KeyRecord record;
  record.kind = static_cast<KeyRecord::Kind>(in.u8());
  const auto vehicle = id_from_bytes<VehicleId>(in.raw(sizeof record.vehicle.bytes));
  record.generation = in.u32();
  if (!in.ok() || !vehicle) return std::nullopt;
  record.vehicle = *vehicle;
  record.sealed = body.substr(1 + sizeof record.vehicle.bytes + 4);
  return record;
}

constexpr std::size_t frame_bytes(std::size_t body) {
  return 4 + body + kCheckBytes;
}

/// Does a whole record begin here? Whatever its length says, if `to_the_end`.
bool is_record(std::string_view rest, bool to_the_end = false) {
  digest::CanonicalReader in(rest);
  const auto said = in.u32();
  const auto size = to_the_end && rest.size() >= frame_bytes(0) ? rest.size() - frame_bytes(0)
                                                                : std::size_t{said};
  if (!in.ok() || size > kMaxBodyBytes) return false;
  const auto body = in.raw(size);
  const auto check = in.raw(kCheckBytes);
  return in.ok() && check == check_of(body);
}

/// What is left was cut off while it was written; not a record whose length is altered, nor with
/// one behind it.
bool is_torn(std::string_view rest) {
  if (rest.size() >= frame_bytes(kMaxBodyBytes) || is_record(rest, true)) return false;
  for (std::size_t at = 1; at < rest.size(); ++at)
    if (is_record(rest.substr(at))) return false;
  return true;
}

}  // namespace

Result<void> KeyJournal::open() {
  TRY(file_, open_file(path_, O_RDONLY));
  struct stat info {};
  if (::fstat(file_.get(), &info) != 0) return system_failure("looking at " + path_.string());
  inode_ = info.st_ino;
  size_ = 0;
  return {};
}

Result<std::vector<KeyRecord>> KeyJournal::load(bool for_writing) {
  if (!std::filesystem::exists(path_)) {
    if (!for_writing) return file_failure(FileErrc::kNotFound, path_.string());
    TRY_VOID(replace_file(path_, kJournalMagic));
  }
  TRY_VOID(open());
  TRY(const auto bytes, read_from(file_, 0, path_));
  if (!bytes.starts_with(kJournalMagic))
    return file_failure(FileErrc::kDamaged, path_.string() + " at byte 0");
  size_ = kJournalMagic.size();
  return parse(std::string_view(bytes).substr(size_), for_writing);
}

Result<std::optional<std::vector<KeyRecord>>> KeyJournal::load_more(bool for_writing) {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return system_failure("looking at " + path_.string());
  if (info.st_ino != inode_ || static_cast<std::uint64_t>(info.st_size) < size_)
    return std::nullopt;
  TRY(const auto bytes, read_from(file_, size_, path_));
  TRY(auto records, parse(bytes, for_writing));
  return records;
}

/// `bytes` begin at size_.
Result<std::vector<KeyRecord>> KeyJournal::parse(std::string_view bytes, bool for_writing) {
  std::vector<KeyRecord> records;
  while (!bytes.empty()) {
    digest::CanonicalReader in(bytes);
    const auto body = in.text();
    const auto check = in.raw(kCheckBytes);
    if (!in.ok() && is_torn(bytes)) break;
    const auto record = decode(body);
    if (!in.ok() || !record || check != check_of(body))
      return file_failure(FileErrc::kDamaged, path_.string() + " at byte " + std::to_string(size_));
    records.push_back(*record);
    bytes.remove_prefix(frame_bytes(body.size()));
    size_ += frame_bytes(body.size());
  }
  if (for_writing && !bytes.empty()) {
    std::error_code error;
    std::filesystem::resize_file(path_, size_, error);
    if (error) return failure(error, "dropping the torn end of " + path_.string());
  }
  return records;
}

Result<void> KeyJournal::append(std::span<const KeyRecord> records) {
  for (const auto& record : records)
    if (record.sealed.size() > kMaxSealedBytes)
      return failure(std::make_error_code(std::errc::message_size),
                     "a key or a VIN of " + std::to_string(record.sealed.size()) +
                         " bytes; at most " + std::to_string(kMaxSealedBytes));
  const auto bytes = encode(records);
  TRY(const auto file, open_file(path_, O_WRONLY | O_APPEND));
  auto written = write_all(file, bytes, path_).and_then([&] { return sync_file(file, path_); });
  if (written) {
    size_ += bytes.size();
    return {};
  }
  if (::ftruncate(file.get(), static_cast<off_t>(size_)) != 0)
    return system_failure("taking back what was half written to " + path_.string());
  return written;
}

Result<void> KeyJournal::rewrite(std::span<const KeyRecord> records) {
  const auto bytes = std::string(kJournalMagic) + encode(records);
  TRY_VOID(replace_file(path_, bytes));
  TRY_VOID(open());
  size_ = bytes.size();
  return {};
}

bool KeyJournal::has_changed() const {
  struct stat info {};
  return ::stat(path_.c_str(), &info) != 0 || info.st_ino != inode_ ||
         static_cast<std::uint64_t>(info.st_size) != size_;
}

}  // namespace motorcade::files
