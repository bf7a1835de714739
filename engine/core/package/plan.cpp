#include "engine/core/package/plan.hpp"

#include "engine/core/canonical.hpp"

namespace motorcade::core {
namespace {
bool is_for(const ReleaseTarget& target, const Ecu& ecu) {
  return target.ecu_type == ecu.type &&
         (target.hardware.empty() || target.hardware == ecu.hardware);
}
const ReleaseTarget* best_for(const Ecu& ecu, const std::vector<ReleaseTarget>& content) {
  const ReleaseTarget* best = nullptr;
  for (const auto& target : content) {
    if (!is_for(target, ecu)) continue;
    if (target.version <= ecu.version) continue;
    if (best == nullptr || best->version < target.version) best = &target;
  }
  return best;
}
const Ecu* find(const Configuration& configuration, const std::string& id) {
  for (const auto& zone : configuration.zones)
    for (const auto& ecu : zone.ecus)
      if (ecu.id == id) return &ecu;
  return nullptr;
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

std::optional<std::string> amiss(const Configuration& shown, const Configuration& before,
                                 const std::vector<ReleaseTarget>& content) {
  for (const auto& zone : plan_package(before, content).zones)
    for (const auto& update : zone.ecus) {
      const auto* ecu = find(shown, update.ecu);
      if (ecu == nullptr) return update.ecu + " is missing from the VCI";
      if (ecu->version < update.to) return update.ecu + " is below its target in the VCI";
    }
  const auto open = plan_package(shown, content);
  if (open.zones.empty()) return std::nullopt;
  return open.zones[0].ecus[0].ecu + " is below its target in the VCI";
}

bool fits(const Configuration& configuration, const std::vector<ReleaseTarget>& content) {
  for (const auto& zone : configuration.zones)
    for (const auto& ecu : zone.ecus)
      for (const auto& target : content)
        if (is_for(target, ecu)) return true;
  return false;
}

PackageKey key_of(const PackageContent& content) {
  return PackageKey{digest_of(content).bytes};
}

}  // namespace motorcade::core
