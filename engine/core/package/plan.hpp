// Which package a vehicle of a configuration needs for a campaign's content. Pure; equal
// configurations have equal answers.
#pragma once
#include <optional>

#include "events/vocabulary.hpp"

namespace motorcade::core {

/// The ECUs that a release of the content fits (type, and hardware if it names one) and that run a
/// lower version, by zone. Where two releases fit an ECU, the higher version. No zones: the
/// configuration is up to date.
[[nodiscard]] PackageContent plan_package(const Configuration& configuration,
                                          const std::vector<ReleaseTarget>& content);
/// Does `shown` prove the update that was planned for `before`? None: it does. Otherwise what is
/// amiss, for people: each ECU that was planned must be there, by its id, at its target, and
/// nothing that is there may need the content.
[[nodiscard]] std::optional<std::string> amiss(const Configuration& shown,
                                               const Configuration& before,
                                               const std::vector<ReleaseTarget>& content);
/// Does a release of the content fit any ECU, whatever it runs?
[[nodiscard]] bool fits(const Configuration& configuration,
                        const std::vector<ReleaseTarget>& content);
/// SHA-256 of the content's canonical bytes.
[[nodiscard]] PackageKey key_of(const PackageContent& content);

}  // namespace motorcade::core
