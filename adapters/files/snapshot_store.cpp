#include "adapters/files/snapshot_store.hpp"

#include <algorithm>

#include "adapters/files/durable_file.hpp"
#include "adapters/files/error.hpp"
#include "digest/digest.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;
// file = "MCSNAP1\n" · incarnation 16 · stream u8 · partition u16 · sequence u64 · chain hash 32 ·
// fold version u32 ·
//        state (u32 size, bytes) · SHA-256 of all before it
constexpr std::string_view kSnapshotMagic = "MCSNAP1\n";
constexpr std::string_view kSuffix = ".snapshot";
constexpr std::size_t kSequenceDigits = 20;

std::string encode(const ports::Snapshot& snapshot) {
  digest::CanonicalWriter out;
  out.raw(kSnapshotMagic);
  out.raw(snapshot.incarnation.view());
  out.u8(static_cast<std::uint8_t>(snapshot.partition.stream));
  out.u16(snapshot.partition.number);
  out.u64(snapshot.sequence.value);
  out.raw(snapshot.chain_hash.view());
  out.u32(snapshot.fold_version);
  out.text(snapshot.state);
  out.raw(Digest{digest::sha256(out.bytes())}.view());
  return out.take();
}

std::optional<ports::Snapshot> decode_snapshot(std::string_view bytes) {
  constexpr std::size_t kHashBytes = sizeof(digest::Sha256);
  if (bytes.size() < kSnapshotMagic.size() + kHashBytes || !bytes.starts_with(kSnapshotMagic))
    return std::nullopt;
  const auto body = bytes.substr(0, bytes.size() - kHashBytes);
  if (Digest{digest::sha256(body)}.view() != bytes.substr(body.size())) return std::nullopt;
  digest::CanonicalReader in(body.substr(kSnapshotMagic.size()));
  ports::Snapshot snapshot;
  snapshot.incarnation =
      id_from_bytes<Incarnation>(in.raw(sizeof snapshot.incarnation.bytes)).value_or(Incarnation{});
  snapshot.partition.stream = static_cast<Stream>(in.u8());
  snapshot.partition.number = in.u16();
  snapshot.sequence = {in.u64()};
  snapshot.chain_hash =
      id_from_bytes<Digest>(in.raw(sizeof snapshot.chain_hash.bytes)).value_or(Digest{});
  snapshot.fold_version = in.u32();
  snapshot.state = in.text();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return snapshot;
}

std::string name_of(Sequence sequence, std::uint32_t fold_version) {
  const auto number = std::to_string(sequence.value);
  return std::string(kSequenceDigits - number.size(), '0') + number + "-" +
         std::to_string(fold_version) + std::string(kSuffix);
}

/// Newest first: names are fixed width.
std::vector<fs::path> snapshots_in(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (entry.path().extension() == kSuffix) found.push_back(entry.path());
  std::ranges::sort(found, std::greater{});
  return found;
}

}  // namespace

Result<std::unique_ptr<SnapshotFiles>> SnapshotFiles::open(SnapshotOptions options) {
  TRY_VOID(make_directory(options.directory, fs::perms::owner_all));
  return std::unique_ptr<SnapshotFiles>(new SnapshotFiles(std::move(options)));
}

fs::path SnapshotFiles::directory_of(Partition partition) const {
  return options_.directory /
         (std::string(to_string(partition.stream)) + "-" + std::to_string(partition.number));
}

Result<void> SnapshotFiles::put(const ports::Snapshot& snapshot) {
  const auto directory = directory_of(snapshot.partition);
  TRY_VOID(make_directory(directory, fs::perms::owner_all));
  const auto name = name_of(snapshot.sequence, snapshot.fold_version);
  TRY_VOID(replace_file(directory / name, encode(snapshot)));
  const auto found = snapshots_in(directory);
  std::error_code ignored;  // tried again with the next one
  for (std::size_t i = std::max<std::size_t>(options_.keep, 1); i < found.size(); ++i)
    fs::remove(found[i], ignored);
  return {};
}

boost::asio::awaitable<std::optional<ports::Snapshot>> SnapshotFiles::newest(
    Partition partition, std::uint32_t fold_version, Sequence at) {
  const auto last = name_of(at, fold_version);
  for (const auto& path : snapshots_in(directory_of(partition))) {
    if (path.filename().string().substr(0, kSequenceDigits) > last.substr(0, kSequenceDigits))
      continue;
    const auto bytes = read_file(path);
    auto snapshot = bytes ? decode_snapshot(*bytes) : std::nullopt;
    if (snapshot && snapshot->partition == partition && snapshot->fold_version == fold_version &&
        snapshot->sequence <= at)
      co_return snapshot;
  }
  co_return std::nullopt;
}

}  // namespace motorcade::files
