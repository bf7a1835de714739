// Keys of vehicles, kept outside the log: what makes personal data readable, and its erasure
// possible (truth 9).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

/// The log's names of vehicles. Thread-safe.
class VehicleIds {
 public:
  virtual ~VehicleIds() = default;
  /// HMAC-SHA-256(deployment key, VIN), 128 bits. Remembers nothing: for filters and questions,
  /// where a VIN may be mistyped.
  [[nodiscard]] virtual VehicleId id_of(std::string_view vin) const = 0;
};

/// Fast enough to be called inline (memory; durable before it returns when a key is made).
/// Thread-safe.
class KeyStore : public VehicleIds {
 public:
  /// id_of(vin), for a vehicle that was heard of: its VIN is remembered, sealed, so that effects
  /// can name it.
  virtual Result<VehicleId> identify(std::string_view vin) = 0;
  /// None: unknown, or erased.
  [[nodiscard]] virtual std::optional<std::string> vin_of(const VehicleId& vehicle) const = 0;
  /// AES-256-GCM under the vehicle's key (made on first use), or the deployment's if `subject` is
  /// zero. `purpose` is authenticated with it.
  virtual Result<std::string> seal(const VehicleId& subject, std::string_view purpose,
                                   std::string_view plain) = 0;
  /// None: the key was destroyed (the data folds as erased). An error: the bytes were altered.
  virtual Result<std::optional<std::string>> open(const VehicleId& subject,
                                                  std::string_view purpose,
                                                  std::string_view sealed) const = 0;
  /// Erasure: destroys the vehicle's key; durable before it returns.
  virtual Result<void> destroy(const VehicleId& vehicle) = 0;
};

}  // namespace motorcade::ports
