// Which package a vehicle of a configuration needs for a campaign's content. Pure; equal
// configurations have equal answers.
#pragma once
#include "events/vocabulary.hpp"

namespace motorcade::core {

/// The ECUs that a release of the content fits (type, and hardware if it names one) and that run a
/// lower version, by zone. Where two releases fit an ECU, the higher version. No zones: the
/// configuration is up to date.
[[nodiscard]] PackageContent plan_package(const Configuration& configuration,
                                          const std::vector<ReleaseTarget>& content);
/// SHA-256 of the content's canonical bytes.
[[nodiscard]] PackageKey key_of(const PackageContent& content);

}  // namespace motorcade::core
