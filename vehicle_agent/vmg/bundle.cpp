#include "vehicle_agent/vmg/bundle.hpp"

#include <algorithm>

namespace motorcade::vmg {

namespace {
tl::unexpected<Error> refused(const otap::Error& why) {
  return failure(Errc::kPackage, otap::to_string(why));
}

const Zone* find_zone(const Configuration& vehicle, const std::string& gateway) {
  const auto at = std::ranges::find(vehicle.zones, gateway, &Zone::gateway);
  return at == vehicle.zones.end() ? nullptr : &*at;
}

/// What the package does to one ECU. An unknown version before is the one that runs now.
Result<agent::EcuPlan> plan_ecu(const otap::EcuEntry& entry, const Zone& zone) {
  const auto ecu = std::ranges::find(zone.ecus, entry.ecu_id, &Ecu::id);
  const auto where = zone.gateway + "/" + entry.ecu_id;
  if (ecu == zone.ecus.end()) return failure(Errc::kPackage, where + " is not in this vehicle");
  if (!entry.hardware_id.empty() && entry.hardware_id != ecu->hardware)
    return failure(Errc::kPackage, where + " has hardware " + ecu->hardware +
                                       ", the package is for " + entry.hardware_id);
  const auto to = version_from(entry.to_version);
  const auto from =
      entry.from_version.empty() ? std::optional(ecu->version) : version_from(entry.from_version);
  if (!to || !from) return failure(Errc::kPackage, where + " has a version that is none");
  return agent::EcuPlan{entry.ecu_id, *from, *to};
}

const Ecu* find_ecu(const Configuration& vehicle, const std::string& id) {
  for (const auto& zone : vehicle.zones)
    if (const auto at = std::ranges::find(zone.ecus, id, &Ecu::id); at != zone.ecus.end())
      return &*at;
  return nullptr;
}

/// What another ECU must run before: before this update, so that a version which the same bundle
/// brings does not count.
Result<void> check_dependencies(const otap::EcuEntry& entry, const Zone& zone,
                                const Configuration& vehicle) {
  for (const auto& [id, text] : entry.dependencies) {
    const auto needs =
        zone.gateway + "/" + entry.ecu_id + " needs " + id + " at " + text + " or newer before: ";
    const auto least = version_from(text);
    if (!least) return failure(Errc::kPackage, needs + "that is no version");
    const auto* other = find_ecu(vehicle, id);
    if (other == nullptr) return failure(Errc::kPackage, needs + "it is not in this vehicle");
    if (other->version < *least)
      return failure(Errc::kPackage,
                     needs + "it runs " + to_string(other->version) + "; update it first");
  }
  return {};
}

Result<agent::ZonePlan> plan_zone(const otap::PackageManifest& manifest,
                                  const Configuration& vehicle) {
  const auto* zone = find_zone(vehicle, manifest.zonal_gateway);
  if (zone == nullptr)
    return failure(Errc::kPackage, manifest.zonal_gateway + " is not in this vehicle");
  agent::ZonePlan plan{manifest.zonal_gateway, {}};
  for (const auto& entry : manifest.ecus) {
    TRY(auto ecu, plan_ecu(entry, *zone));
    TRY_VOID(check_dependencies(entry, *zone, vehicle));
    plan.ecus.push_back(std::move(ecu));
  }
  return plan;
}
}  // namespace

otap::SourcePtr VerifiedBundle::package_for(const agent::ZonePlan& zone) const {
  const auto at = std::ranges::find(plan, zone);
  return at == plan.end() ? nullptr : packages[static_cast<std::size_t>(at - plan.begin())];
}

Result<std::shared_ptr<const VerifiedBundle>> verify_bundle(const std::filesystem::path& file,
                                                            const Digest& expected,
                                                            const otap::Trust& trust,
                                                            const Configuration& vehicle) {
  auto on_disk = otap::file_source(file);
  if (!on_disk) return refused(on_disk.error());
  auto source = otap::pinned(*on_disk, expected.bytes);
  if (!source) return refused(source.error());
  const auto bundle = otap::BundleReader::open(*source, trust);
  if (!bundle) return refused(bundle.error());
  auto verified = std::make_shared<VerifiedBundle>();
  for (std::size_t i = 0; i < bundle->manifest().zones.size(); ++i) {
    const auto package = bundle->package(i);
    if (!package) return refused(package.error());
    if (const auto whole = package->verify(); !whole) return refused(whole.error());
    TRY(auto plan, plan_zone(package->manifest(), vehicle));
    auto bytes = bundle->package_source(i);
    if (!bytes) return refused(bytes.error());
    verified->plan.push_back(std::move(plan));
    verified->packages.push_back(*bytes);
  }
  return verified;
}

}  // namespace motorcade::vmg
