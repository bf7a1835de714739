// Keys as files, in a directory of the owner's own (0700): deployment.key, made at the first start,
// and vehicles.keys, a journal of the vehicles' keys, wrapped under it, and their VINs, sealed
// under theirs. Lose deployment.key, and no VIN can be read again: back it up apart from the log.
//
// Several processes may write: each takes in what the others wrote before it looks, and writes under
// a lock that is theirs all. On a volume that several machines mount, taking that lock must show a
// file as it is (NFS does); so who misses a key looks again with the lock before he says so.
//
// A vehicle whose key was destroyed gets a key of the next generation when it appears again; what
// was sealed under an earlier one stays erased.
#pragma once
#include <memory>
#include <shared_mutex>
#include <span>
#include <unordered_map>

#include "adapters/files/aes_gcm.hpp"
#include "adapters/files/key_journal.hpp"
#include "engine/ports/key_store.hpp"

namespace motorcade::files {

enum class Access {
  kAlone,  ///< to write, while nobody else does
  kWrite,  ///< any number of processes, unless one is alone
  kRead,   ///< beside them; makes no key
};

class KeyFiles final : public ports::KeyStore {
 public:
  static Result<std::unique_ptr<KeyFiles>> open(std::filesystem::path directory, Access access);

  [[nodiscard]] VehicleId id_of(std::string_view vin) const override;
  Result<VehicleId> identify(std::string_view vin) override;
  [[nodiscard]] std::optional<std::string> vin_of(const VehicleId& vehicle) const override;
  Result<std::string> seal(const VehicleId& subject, std::string_view purpose,
                           std::string_view plain) override;
  Result<std::optional<std::string>> open(const VehicleId& subject, std::string_view purpose,
                                          std::string_view sealed) const override;
  Result<void> destroy(const VehicleId& vehicle) override;

  /// A key for another use of the deployment ("presign" …): HMAC-SHA-256(deployment key, purpose).
  [[nodiscard]] Key256 derive(std::string_view purpose) const;

 private:
  struct Entry {
    std::uint32_t generation = 0;  ///< of the key; if there is none, of the last one destroyed
    std::optional<Key256> key;
    std::string wrapped_key, sealed_vin;  ///< as they stand in the journal
  };
  KeyFiles(std::filesystem::path directory, Access access);
  Result<void> register_use();
  [[nodiscard]] Result<Descriptor> lock_journal() const;
  Result<void> load(bool for_writing);
  Result<void> load_more(bool for_writing);
  Result<void> take(const KeyRecord& record);
  Result<void> refresh() const;
  Result<void> look_again(const VehicleId& vehicle, std::uint32_t generation) const;
  Result<std::pair<std::uint32_t, Key256>> key_for(const VehicleId& vehicle);
  Result<std::pair<KeyRecord, Key256>> new_key(const VehicleId& vehicle) const;
  Result<void> keep(std::span<const KeyRecord> records);
  [[nodiscard]] const Entry* find(const VehicleId& vehicle) const;

  std::filesystem::path directory_;
  Access access_;
  Descriptor use_;  ///< locked as long as this lives: shared, or alone
  Key256 deployment_key_{}, wrapping_key_{};
  mutable std::shared_mutex mutex_;
  KeyJournal journal_;
  std::unordered_map<VehicleId, Entry> entries_;
};

}  // namespace motorcade::files
