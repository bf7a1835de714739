#include "adapters/files/key_store.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <mutex>
#include <tuple>

#include "adapters/files/error.hpp"
#include "digest/digest.hpp"

namespace motorcade::files {
namespace {

namespace fs = std::filesystem;
// sealed = format u8 · generation u32 · what aes_gcm makes, which authenticates both, subject and
// purpose
constexpr char kFormat = 1;
constexpr std::size_t kHeaderBytes = 1 + 4;

std::string header_of(std::uint32_t generation) {
  digest::CanonicalWriter out;
  out.u8(kFormat);
  out.u32(generation);
  return out.take();
}

std::string bound_to(std::string_view header, const VehicleId& subject, std::string_view purpose) {
  return std::string(header).append(subject.view()).append(purpose);
}

std::string_view view_of(const Key256& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::optional<Key256> key_from(std::string_view bytes) {
  Key256 key;
  if (bytes.size() != key.size()) return std::nullopt;
  std::memcpy(key.data(), bytes.data(), key.size());
  return key;
}

Result<Key256> load_deployment_key(const fs::path& path, Access access) {
  if (access != Access::kRead && !fs::exists(path)) {
    TRY(const auto made, random_key());
    TRY_VOID(replace_file(path, view_of(made)));
  }
  TRY(const auto bytes, read_file(path));
  const auto key = key_from(bytes);
  if (!key) return file_failure(FileErrc::kDamaged, path.string());
  return *key;
}

}  // namespace

KeyFiles::KeyFiles(fs::path directory, Access access)
    : directory_(std::move(directory)), access_(access), journal_(directory_ / "vehicles.keys") {}

Result<std::unique_ptr<KeyFiles>> KeyFiles::open(fs::path directory, Access access) {
  std::unique_ptr<KeyFiles> keys(new KeyFiles(std::move(directory), access));
  Descriptor lock;
  if (access != Access::kRead) {
    TRY_VOID(make_directory(keys->directory_, fs::perms::owner_all));
    TRY_VOID(keys->register_use());
    TRY(lock, keys->lock_journal());
    // Vehicles' keys without the key that wraps them: a new one would hide that for ever.
    if (!fs::exists(keys->directory_ / "deployment.key") &&
        fs::exists(keys->directory_ / "vehicles.keys"))
      return file_failure(FileErrc::kNotFound, (keys->directory_ / "deployment.key").string());
  }
  TRY(keys->deployment_key_, load_deployment_key(keys->directory_ / "deployment.key", access));
  keys->wrapping_key_ = keys->derive("wrap");
  TRY_VOID(keys->load(access != Access::kRead));
  return keys;
}

Result<void> KeyFiles::register_use() {
  TRY(use_, open_file(directory_ / "lock", O_RDWR | O_CREAT));
  const int wanted = access_ == Access::kAlone ? LOCK_EX : LOCK_SH;
  if (::flock(use_.get(), wanted | LOCK_NB) == 0) return {};
  return file_failure(FileErrc::kInUse, directory_.string());
}

/// With it held no other process writes.
Result<Descriptor> KeyFiles::lock_journal() const {
  return lock_file(directory_ / "vehicles.lock");
}

Key256 KeyFiles::derive(std::string_view purpose) const {
  return digest::hmac_sha256(view_of(deployment_key_), purpose);
}

Result<void> KeyFiles::load(bool for_writing) {
  TRY(const auto records, journal_.load(for_writing));
  entries_.clear();
  for (const auto& record : records) TRY_VOID(take(record));
  return {};
}

/// With the mutex held; `for_writing`: with the journal's lock too.
Result<void> KeyFiles::load_more(bool for_writing) {
  TRY(const auto records, journal_.load_more(for_writing));
  if (!records) return load(for_writing);
  for (const auto& record : *records) TRY_VOID(take(record));
  return {};
}

Result<void> KeyFiles::take(const KeyRecord& record) {
  auto& entry = entries_[record.vehicle];
  switch (record.kind) {
    case KeyRecord::Kind::kKey: {
      const auto plain =
          gcm_open(wrapping_key_, bound_to(header_of(record.generation), record.vehicle, "key"),
                   record.sealed);
      const auto key = plain ? key_from(*plain) : std::nullopt;
      if (!key)
        return file_failure(FileErrc::kDamaged, "a key in " + directory_.string() +
                                                    " does not open under deployment.key");
      entry = {record.generation, key, record.sealed, {}};
      return {};
    }
    case KeyRecord::Kind::kVin:
      entry.sealed_vin = record.sealed;
      return {};
    case KeyRecord::Kind::kDestroyed:
      entry = {record.generation, std::nullopt, {}, {}};
      return {};
  }
  return file_failure(FileErrc::kDamaged, "an unknown record in " + directory_.string());
}

/// What other processes wrote since.
Result<void> KeyFiles::refresh() const {
  {
    const std::shared_lock lock(mutex_);
    if (!journal_.has_changed()) return {};
  }
  auto& self = const_cast<KeyFiles&>(*this);  // a cache of the file
  const std::unique_lock lock(mutex_);
  return self.load_more(false);
}

/// For a key that is not known, before that is said: a volume may show a file's end late, but not
/// to who takes its lock.
Result<void> KeyFiles::look_again(const VehicleId& vehicle, std::uint32_t generation) const {
  {
    const std::shared_lock lock(mutex_);
    const auto* entry = find(vehicle);
    if (entry != nullptr && entry->generation >= generation) return {};
  }
  if (access_ == Access::kRead) return {};
  auto& self = const_cast<KeyFiles&>(*this);
  const std::unique_lock lock(mutex_);
  TRY(const auto held, lock_journal());
  return self.load_more(true);
}

const KeyFiles::Entry* KeyFiles::find(const VehicleId& vehicle) const {
  const auto found = entries_.find(vehicle);
  return found == entries_.end() ? nullptr : &found->second;
}

/// With both locks held: a key for a vehicle that has none.
Result<std::pair<KeyRecord, Key256>> KeyFiles::new_key(const VehicleId& vehicle) const {
  const auto* known = find(vehicle);
  const auto generation = known == nullptr ? 1 : known->generation + 1;
  TRY(const auto key, random_key());
  TRY(auto wrapped,
      gcm_seal(wrapping_key_, bound_to(header_of(generation), vehicle, "key"), view_of(key)));
  return std::pair(KeyRecord{KeyRecord::Kind::kKey, vehicle, generation, std::move(wrapped)}, key);
}

/// With both locks held: all of them with one sync.
Result<void> KeyFiles::keep(std::span<const KeyRecord> records) {
  TRY_VOID(journal_.append(records));
  for (const auto& record : records) TRY_VOID(take(record));
  return {};
}

/// The key and its generation; made if there is none.
Result<std::pair<std::uint32_t, Key256>> KeyFiles::key_for(const VehicleId& vehicle) {
  TRY_VOID(refresh());
  {
    const std::shared_lock lock(mutex_);
    const auto* known = find(vehicle);
    if (known != nullptr && known->key) return std::pair(known->generation, *known->key);
  }
  if (access_ == Access::kRead)
    return file_failure(FileErrc::kReadOnly, "making a key for " + to_hex(vehicle));
  const std::unique_lock lock(mutex_);
  TRY(const auto held, lock_journal());
  TRY_VOID(load_more(true));
  const auto* known = find(vehicle);  // another thread or process may have been here first
  if (known != nullptr && known->key) return std::pair(known->generation, *known->key);
  TRY(const auto made, new_key(vehicle));
  TRY_VOID(keep({&made.first, 1}));
  return std::pair(made.first.generation, made.second);
}

VehicleId KeyFiles::id_of(std::string_view vin) const {
  const auto mac = digest::hmac_sha256(view_of(derive("vehicle-id")), vin);
  VehicleId vehicle;
  std::copy_n(mac.begin(), vehicle.bytes.size(), vehicle.bytes.begin());
  return vehicle;
}

Result<VehicleId> KeyFiles::identify(std::string_view vin) {
  const auto vehicle = id_of(vin);
  TRY_VOID(refresh());
  {
    const std::shared_lock lock(mutex_);
    const auto* entry = find(vehicle);
    if (entry != nullptr && !entry->sealed_vin.empty()) return vehicle;
  }
  if (access_ == Access::kRead)
    return file_failure(FileErrc::kReadOnly, "remembering " + to_hex(vehicle));
  const std::unique_lock lock(mutex_);
  TRY(const auto held, lock_journal());
  TRY_VOID(load_more(true));
  const auto* entry = find(vehicle);
  if (entry != nullptr && !entry->sealed_vin.empty()) return vehicle;
  std::vector<KeyRecord> records;
  std::optional<Key256> key = entry != nullptr ? entry->key : std::nullopt;
  auto generation = entry != nullptr ? entry->generation : 0;
  if (!key) {
    TRY(auto made, new_key(vehicle));
    key = made.second;
    generation = made.first.generation;
    records.push_back(std::move(made.first));
  }
  TRY(auto sealed, gcm_seal(*key, bound_to({}, vehicle, "vin"), vin));
  records.push_back({KeyRecord::Kind::kVin, vehicle, generation, std::move(sealed)});
  TRY_VOID(keep(records));
  return vehicle;
}

std::optional<std::string> KeyFiles::vin_of(const VehicleId& vehicle) const {
  if (!refresh() || !look_again(vehicle, 0)) return std::nullopt;
  const std::shared_lock lock(mutex_);
  const auto* entry = find(vehicle);
  if (entry == nullptr || !entry->key || entry->sealed_vin.empty()) return std::nullopt;
  return gcm_open(*entry->key, bound_to({}, vehicle, "vin"), entry->sealed_vin);
}

Result<std::string> KeyFiles::seal(const VehicleId& subject, std::string_view purpose,
                                   std::string_view plain) {
  std::uint32_t generation = 0;
  Key256 key = derive("seal");
  if (!subject.is_zero()) {
    TRY(const auto found, key_for(subject));
    std::tie(generation, key) = found;
  }
  const auto header = header_of(generation);
  TRY(auto sealed, gcm_seal(key, bound_to(header, subject, purpose), plain));
  return header + sealed;
}

Result<std::optional<std::string>> KeyFiles::open(const VehicleId& subject,
                                                  std::string_view purpose,
                                                  std::string_view sealed) const {
  const auto altered = [&] {
    return file_failure(FileErrc::kAltered, std::string(purpose) + " of " + to_hex(subject));
  };
  if (sealed.size() < kHeaderBytes || sealed[0] != kFormat) return altered();
  const auto header = sealed.substr(0, kHeaderBytes);
  const auto generation = digest::CanonicalReader(header.substr(1)).u32();
  Key256 key = derive("seal");
  if (!subject.is_zero()) {
    TRY_VOID(refresh());
    TRY_VOID(look_again(subject, generation));
    const std::shared_lock lock(mutex_);
    const auto* entry = find(subject);
    if (entry == nullptr || generation > entry->generation) return altered();
    if (generation < entry->generation || !entry->key) return std::nullopt;
    key = *entry->key;
  }
  auto plain = gcm_open(key, bound_to(header, subject, purpose), sealed.substr(kHeaderBytes));
  if (!plain) return altered();
  return plain;
}

Result<void> KeyFiles::destroy(const VehicleId& vehicle) {
  if (access_ == Access::kRead)
    return file_failure(FileErrc::kReadOnly, "destroying the key of " + to_hex(vehicle));
  const std::unique_lock lock(mutex_);
  TRY(const auto held, lock_journal());
  TRY_VOID(load_more(true));
  const auto* known = find(vehicle);
  if (known == nullptr || !known->key) return {};
  const KeyRecord destroyed{KeyRecord::Kind::kDestroyed, vehicle, known->generation, {}};
  std::vector<KeyRecord> rest;
  for (const auto& [id, entry] : entries_) {
    if (id == vehicle) {
      rest.push_back(destroyed);
      continue;
    }
    const auto kind = entry.key ? KeyRecord::Kind::kKey : KeyRecord::Kind::kDestroyed;
    rest.push_back({kind, id, entry.generation, entry.wrapped_key});
    if (!entry.sealed_vin.empty())
      rest.push_back({KeyRecord::Kind::kVin, id, entry.generation, entry.sealed_vin});
  }
  TRY_VOID(journal_.rewrite(rest));
  return take(destroyed);
}

}  // namespace motorcade::files
