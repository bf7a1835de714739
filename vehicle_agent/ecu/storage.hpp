// Where bytes that survive a power cut live: an ECU's two banks and its state, a gateway's package.
// In a directory, or in memory for light fleets. Used by one thread at a time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "digest/digest.hpp"
#include "vehicle_agent/doip/error.hpp"

namespace motorcade::in_vehicle {

using doip::Errc;
using doip::Error;
using doip::failure;
using doip::Result;

/// A growing piece of storage.
class Blob {
 public:
  virtual ~Blob() = default;
  [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
  /// Writes at `offset`, which is at most the size.
  [[nodiscard]] virtual Result<void> write(std::uint64_t offset,
                                           std::span<const std::uint8_t> bytes) = 0;
  /// Fills `into`; an error when the blob is shorter.
  [[nodiscard]] virtual Result<void> read(std::uint64_t offset,
                                          std::span<std::uint8_t> into) const = 0;
  /// What was written is on disk when it returns.
  [[nodiscard]] virtual Result<void> sync() = 0;
  /// Replaces everything. A file: whole or not at all, and on disk when it returns. Memory blobs
  /// share the image until they are written.
  [[nodiscard]] virtual Result<void> assign(std::shared_ptr<const std::string> image) = 0;
  [[nodiscard]] Result<void> clear() { return assign(nullptr); }
};
[[nodiscard]] Result<digest::Sha256> sha256_of(const Blob& blob);

[[nodiscard]] std::unique_ptr<Blob> make_memory_blob();
[[nodiscard]] std::unique_ptr<Blob> make_file_blob(std::filesystem::path path);

class EcuStorage {
 public:
  virtual ~EcuStorage() = default;
  [[nodiscard]] virtual Blob& bank(std::size_t index) = 0;  ///< 0 or 1
  /// The newest saved state; nothing: a new ECU.
  [[nodiscard]] virtual Result<std::optional<std::string>> load() = 0;
  /// Whole or not at all, and on disk when it returns.
  [[nodiscard]] virtual Result<void> save(std::string_view state) = 0;
};
[[nodiscard]] std::unique_ptr<EcuStorage> make_memory_storage();
/// Files bank_a.bin, bank_b.bin and state.bin in `directory`, which is made if need be.
[[nodiscard]] Result<std::unique_ptr<EcuStorage>> make_file_storage(
    std::filesystem::path directory);

}  // namespace motorcade::in_vehicle
