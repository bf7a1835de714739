// Catalog -> every shard and campaign partition: releases. Catalog -> the shards that wait:
// packages.
#include "engine/core/catalog/state.hpp"

namespace motorcade::core::catalogs {
namespace {

void tell_all(const State& after, const ReleaseId& id, std::vector<Message>& messages) {
  const auto& release = after.releases.at(id);
  for (std::uint16_t n = 0; n < after.context.counts.vehicle; ++n)
    messages.push_back(
        {{Stream::kVehicle, n},
         vehicle::NoteRelease{release.target, release.revision, release.deprecated}});
  for (std::uint16_t n = 0; n < after.context.counts.campaign; ++n)
    messages.push_back(
        {{Stream::kCampaign, n},
         campaign::NoteRelease{release.target, release.revision, release.deprecated}});
}

Message note(const PackageKey& key, const Package& package, const Partition& waiter) {
  return {waiter, vehicle::NotePackage{key, package.artifact, package.reason}};
}

}  // namespace

std::vector<Message> Catalog::react(std::span<const Event> events, Sequence, const State& after) {
  std::vector<Message> messages;
  const auto tell_waiters = [&](const PackageKey& key) {
    const auto& package = after.packages.at(key);
    for (const auto& waiter : package.waiters) messages.push_back(note(key, package, waiter));
  };
  for (const auto& event : events)
    std::visit(
        Match{[&](const catalog::ReleaseUploaded& e) {
                tell_all(after, e.release.release, messages);
              },
              [&](const catalog::ReleaseDeprecated& e) { tell_all(after, e.release, messages); },
              [&](const catalog::PackageBuilt& e) { tell_waiters(e.key); },
              [&](const catalog::PackageFailed& e) { tell_waiters(e.key); },
              [&](const catalog::WaiterAdded& e) {
                const auto& package = after.packages.at(e.key);
                if (package.artifact) messages.push_back(note(e.key, package, e.waiter));
              },
              [](const auto&) {}},
        event);
  return messages;
}

}  // namespace motorcade::core::catalogs
