// The bundle on disk: verified as a whole before any zone gets a byte, and held to what was hashed.
#pragma once
#include <filesystem>
#include <memory>

#include "otap/bundle.hpp"
#include "vehicle_agent/vmg/in_vehicle.hpp"

namespace motorcade::vmg {

struct VerifiedBundle {
  std::vector<agent::ZonePlan> plan;
  std::vector<otap::SourcePtr> packages;  ///< by place in the plan; reading finds changed bytes
  /// Nothing: no such zone, or another plan for it.
  [[nodiscard]] otap::SourcePtr package_for(const agent::ZonePlan& zone) const;
};

/// Signatures, digests and every image; each ECU must be in `vehicle`, of the package's hardware,
/// and what the package says that others must run before is what they run now.
/// Blocks: belongs on a pool. Errors: kPackage.
[[nodiscard]] Result<std::shared_ptr<const VerifiedBundle>> verify_bundle(
    const std::filesystem::path& file, const Digest& expected, const otap::Trust& trust,
    const Configuration& vehicle);

}  // namespace motorcade::vmg
