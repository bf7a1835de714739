#include "adapters/rocksdb/head_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "adapters/rocksdb/crc32c.hpp"
#include "adapters/rocksdb/error.hpp"
#include "adapters/rocksdb/keys.hpp"

namespace motorcade::rocks {
namespace {

constexpr std::string_view kMagic = "MCHEADS1";
constexpr std::size_t kEntryBytes = kKeyBytes, kChecksumBytes = 4;

std::string encode(const AllPlaces& places) {
  std::string out(kMagic);
  put_integer(out, static_cast<std::uint16_t>(places.size()));
  for (const auto& [partition, place] : places) out += key_of(partition, place.events_end);
  put_integer(out, crc32c(out));
  return out;
}

}  // namespace

HeadFile::HeadFile(const std::filesystem::path& directory)
    : path_(directory / "HEADS"), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {}

HeadFile::~HeadFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> HeadFile::check(const AllPlaces& places) const {
  std::string found(encode(places).size(), '\0');
  const auto got = ::pread(fd_, found.data(), found.size(), 0);
  if (got != static_cast<ssize_t>(found.size()) || !found.starts_with(kMagic)) return {};
  const std::string_view body(found.data(), found.size() - kChecksumBytes);
  if (get_integer<std::uint32_t>(std::string_view(found).substr(body.size())) != crc32c(body))
    return {};
  auto entries = body.substr(kMagic.size() + 2);
  for (const auto& [partition, place] : places) {
    const auto committed = place_in(partition, entries.substr(0, kEntryBytes));
    if (committed && *committed > place.events_end)
      return log_failure(LogErrc::kDamaged, to_string(partition) + " in " +
                                                path_.parent_path().string() + " ends at " +
                                                std::to_string(place.events_end) + ", but " +
                                                std::to_string(*committed) + " were committed");
    entries.remove_prefix(kEntryBytes);
  }
  return {};
}

void HeadFile::write(const AllPlaces& places) {
  const auto bytes = encode(places);
  if (::pwrite(fd_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    static_cast<void>(::ftruncate(fd_, 0));
}

}  // namespace motorcade::rocks
