// The gateway's place for one OTAP package: received block by block, then verified as a whole.
#pragma once
#include "otap/package_reader.hpp"
#include "vehicle_agent/ecu/storage.hpp"

namespace motorcade::in_vehicle {

struct PackagePolicy {
  std::string zone_id;  ///< a package for another zone is refused
  otap::Trust trust;
  otap::Limits limits{};
  std::uint64_t package_bytes = std::uint64_t{2} << 30;  ///< more is refused before the first block
};

class PackageStore {
 public:
  PackageStore(std::unique_ptr<Blob> blob, PackagePolicy policy);
  [[nodiscard]] Result<void> erase();
  [[nodiscard]] Result<void> write(std::uint64_t offset, std::span<const std::uint8_t> block);
  [[nodiscard]] std::uint64_t size_bytes() const { return blob_->size_bytes(); }
  [[nodiscard]] const PackagePolicy& policy() const { return policy_; }
  /// Transport digest, zone, signatures and every image's digest; nothing may be installed before
  /// it succeeds.
  [[nodiscard]] otap::Result<void> verify(const digest::Sha256& announced);
  /// The verified package; after a restart of the gateway the stored one, verified again. Nothing:
  /// there is none.
  [[nodiscard]] const otap::PackageReader* package();

 private:
  [[nodiscard]] otap::Result<void> open();
  std::shared_ptr<Blob> blob_;
  PackagePolicy policy_;
  std::optional<otap::PackageReader> reader_;
};

}  // namespace motorcade::in_vehicle
