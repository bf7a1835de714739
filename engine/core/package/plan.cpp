#include "engine/core/package/plan.hpp"

#include "engine/core/canonical.hpp"

namespace motorcade::core {
namespace {
const ReleaseTarget* best_for(const Ecu& ecu, const std::vector<ReleaseTarget>& content) {
  const ReleaseTarget* best = nullptr;
  for (const auto& target : content) {
    if (target.ecu_type != ecu.type) continue;
    if (!target.hardware.empty() && target.hardware != ecu.hardware) continue;
    if (target.version <= ecu.version) continue;
    if (best == nullptr || best->version < target.version) best = &target;
  }
  return best;
}
}  // namespace

PackageContent plan_package(const Configuration& configuration,
                            const std::vector<ReleaseTarget>& content) {
  PackageContent package;
  for (const auto& zone : configuration.zones) {
    ZonePackage updates{zone.gateway, zone.model, {}};
    for (const auto& ecu : zone.ecus)
      if (const auto* target = best_for(ecu, content); target != nullptr)
        updates.ecus.push_back({ecu.id, ecu.hardware, ecu.version, target->version, target->image,
                                target->image_size_bytes});
    if (!updates.ecus.empty()) package.zones.push_back(std::move(updates));
  }
  return package;
}

PackageKey key_of(const PackageContent& content) {
  return PackageKey{digest_of(content).bytes};
}

}  // namespace motorcade::core
