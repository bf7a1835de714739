#include "adapters/rocksdb/record_batch.hpp"

#include "adapters/rocksdb/crc32c.hpp"
#include "adapters/rocksdb/keys.hpp"

namespace motorcade::rocks {
namespace {

constexpr char kBatchFormat = 1;
constexpr std::size_t kChecksumEnd = 1 + 4;
constexpr std::size_t kHeaderBytes = kChecksumEnd + 8 + 4;

}  // namespace

std::string pack(Sequence base, std::span<const std::string> envelopes) {
  std::size_t size = kHeaderBytes;
  for (const auto& envelope : envelopes) size += 4 + envelope.size();
  std::string out;
  out.reserve(size);
  out.push_back(kBatchFormat);
  out.append(4, '\0');
  put_integer(out, base.value);
  put_integer(out, static_cast<std::uint32_t>(envelopes.size()));
  for (const auto& envelope : envelopes) {
    put_integer(out, static_cast<std::uint32_t>(envelope.size()));
    out += envelope;
  }
  std::string checksum;
  put_integer(checksum, crc32c(std::string_view(out).substr(kChecksumEnd)));
  out.replace(1, checksum.size(), checksum);
  return out;
}

std::size_t RecordBatch::size_at(std::string_view rest) {
  return get_integer<std::uint32_t>(rest);
}

std::optional<RecordBatch> RecordBatch::check(Sequence base, std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || bytes[0] != kBatchFormat) return std::nullopt;
  if (get_integer<std::uint32_t>(bytes.substr(1)) != crc32c(bytes.substr(kChecksumEnd)))
    return std::nullopt;
  const auto count = get_integer<std::uint32_t>(bytes.substr(kChecksumEnd + 8));
  if (get_integer<std::uint64_t>(bytes.substr(kChecksumEnd)) != base.value || count == 0)
    return std::nullopt;
  auto rest = bytes.substr(kHeaderBytes);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (rest.size() < 4 || rest.size() - 4 < size_at(rest)) return std::nullopt;
    rest.remove_prefix(4 + size_at(rest));
  }
  if (!rest.empty()) return std::nullopt;
  return RecordBatch(base, count, bytes.substr(kHeaderBytes));
}

}  // namespace motorcade::rocks
