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

Result<std::vector<KeyRecord>> KeyJournal::load(bool for_writing) {
  if (for_writing && !std::filesystem::exists(path_)) TRY_VOID(replace_file(path_, kJournalMagic));
  version_ = version_on_disk();
  TRY(const auto bytes, read_file(path_));
  const auto damaged = [&](std::size_t at) {
    return file_failure(FileErrc::kDamaged, path_.string() + " at byte " + std::to_string(at));
  };
  if (!bytes.starts_with(kJournalMagic)) return damaged(0);
  std::vector<KeyRecord> records;
  auto rest = std::string_view(bytes).substr(kJournalMagic.size());
  while (!rest.empty()) {
    digest::CanonicalReader in(rest);
    const auto body = in.text();
    const auto check = in.raw(kCheckBytes);
    if (!in.ok() && is_torn(rest)) break;
    const auto record = decode(body);
    if (!in.ok() || !record || check != check_of(body)) return damaged(bytes.size() - rest.size());
    records.push_back(*record);
    rest.remove_prefix(frame_bytes(body.size()));
  }
  if (for_writing && !rest.empty()) {
    version_.size = bytes.size() - rest.size();
    std::error_code error;
    std::filesystem::resize_file(path_, version_.size, error);
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
    version_.size += bytes.size();
    return {};
  }
  if (::ftruncate(file.get(), static_cast<off_t>(version_.size)) != 0)
    return system_failure("taking back what was half written to " + path_.string());
  return written;
}

Result<void> KeyJournal::rewrite(std::span<const KeyRecord> records) {
  auto replaced = replace_file(path_, std::string(kJournalMagic) + encode(records));
  version_ = version_on_disk();
  return replaced;
}

bool KeyJournal::has_changed() const {
  return version_on_disk() != version_;
}

KeyJournal::Version KeyJournal::version_on_disk() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return {};
  return {info.st_ino, static_cast<std::uint64_t>(info.st_size)};
}

}  // namespace motorcade::files
