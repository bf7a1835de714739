#include "adapters/files/key_journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/files/error.hpp"
#include "digest/digest.hpp"

namespace motorcade::files {
namespace {

constexpr std::string_view kMagic = "MCKEYS1\n";
constexpr std::size_t kCheckBytes = 8;

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

}  // namespace

Result<std::vector<KeyRecord>> KeyJournal::load(bool for_writing) {
  if (for_writing && !std::filesystem::exists(path_)) TRY_VOID(replace_file(path_, kMagic));
  version_ = version_on_disk();
  TRY(const auto bytes, read_file(path_));
  const auto damaged = [&](std::size_t at) {
    return file_failure(FileErrc::kDamaged, path_.string() + " at byte " + std::to_string(at));
  };
  if (!bytes.starts_with(kMagic)) return damaged(0);
  std::vector<KeyRecord> records;
  auto rest = std::string_view(bytes).substr(kMagic.size());
  while (!rest.empty()) {
    digest::CanonicalReader in(rest);
    const auto body = in.text();
    const auto check = in.raw(kCheckBytes);
    if (!in.ok()) break;  // torn
    const auto record = decode(body);
    if (!record || check != check_of(body)) return damaged(bytes.size() - rest.size());
    records.push_back(*record);
    rest.remove_prefix(4 + body.size() + kCheckBytes);
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
  auto replaced = replace_file(path_, std::string(kMagic) + encode(records));
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
