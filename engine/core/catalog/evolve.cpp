// The fold of the catalog: one branch per fact.
#include "engine/core/catalog/state.hpp"

namespace motorcade::core::catalogs {

void Catalog::take(const Cause& cause, State& state) {
  state.requests.taken.reset();
  if (const auto* message = std::get_if<MessageCause>(&cause))
    state.sources.take(*message, state.context.incarnation);
  const auto* request = std::get_if<RequestCause>(&cause);
  if (request == nullptr || request->id.is_zero() || check(cause, state) != Taken::kFresh) return;
  if (!state.releases.contains(ReleaseId{request->id.bytes})) state.requests.taken = request->id;
}

void Catalog::evolve(State& state, const Event& event) {
  const auto package = [&](const PackageKey& key) -> Package& {
    auto& known = state.packages[key];
    ++known.version.value;
    return known;
  };
  std::visit(Match{[&](const catalog::ReleaseUploaded& e) {
                     auto& release = state.releases[e.release.release];
                     ++release.version.value;
                     release.target = e.release;
                     release.revision = e.revision;
                   },
                   [&](const catalog::ReleaseDeprecated& e) {
                     auto& release = state.releases[e.release];
                     ++release.version.value;
                     release.revision = e.revision;
                     release.deprecated = true;
                     state.requests.remember();
                   },
                   [&](const catalog::TargetApproved& e) {
                     auto& target = state.targets[e.ecu];
                     ++target.version.value;
                     target.ecu_type = e.ecu_type;
                     target.approved = e.version;
                     state.requests.remember();
                   },
                   [&](const catalog::PackageRequested& e) {
                     auto& p = package(e.key);
                     p.content = e.content;
                     p.attempt = e.attempt;
                     p.failed = false;
                     p.reason.clear();
                     if (e.waiter) p.waiters.insert(*e.waiter);
                     state.requests.remember();
                   },
                   [&](const catalog::WaiterAdded& e) { package(e.key).waiters.insert(e.waiter); },
                   [&](const catalog::PackageBuilt& e) {
                     auto& p = package(e.key);
                     p.artifact = e.artifact;
                     p.failed = false;
                   },
                   [&](const catalog::PackageFailed& e) {
                     auto& p = package(e.key);
                     p.failed = true;
                     p.reason = e.reason;
                   },
                   [](const catalog::Refused&) {},
                   [&](const catalog::AlreadySatisfied&) { state.requests.remember(); }},
             event);
}

}  // namespace motorcade::core::catalogs
