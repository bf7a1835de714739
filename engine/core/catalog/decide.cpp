// What the catalog answers to release engineers, shards and the package builder.
#include "engine/core/canonical.hpp"
#include "engine/core/catalog/state.hpp"
#include "engine/core/package/plan.hpp"
#include "events/names.hpp"

namespace motorcade::core::catalogs {
namespace {
using Answer = Decision<Event, Rejection>;

tl::unexpected<Rejected<Rejection>> reject(Rejection reason, std::string detail) {
  return tl::unexpected(Rejected<Rejection>{reason, std::move(detail)});
}

Answer decide_upload(const catalog::UploadRelease& c, const State& state) {
  const auto& r = c.release;
  if (!is_ecu_type(r.ecu_type))
    return reject(Rejection::kInvalid, "ecuType: 1 to 64 of A-Z a-z 0-9 _ . - are wanted");
  if (r.image_size_bytes == 0) return reject(Rejection::kInvalid, "the image is empty");
  if (const auto known = state.releases.find(r.release); known != state.releases.end()) {
    if (known->second.target == r) return std::vector<Event>{};
    return reject(Rejection::kIdInUse, "the same idempotency key uploaded another release");
  }
  for (const auto& [id, release] : state.releases) {
    const auto& t = release.target;
    if (t.ecu_type == r.ecu_type && t.hardware == r.hardware && t.version == r.version)
      return reject(Rejection::kVersionExists,
                    "release " + to_hex(id) + " has this version already");
  }
  return std::vector<Event>{catalog::ReleaseUploaded{r, c.file_name, c.notes, c.by, 1}};
}

Answer decide_deprecate(const catalog::DeprecateRelease& c, const State& state) {
  const auto known = state.releases.find(c.release);
  if (known == state.releases.end())
    return reject(Rejection::kNoSuchRelease, "no release " + to_hex(c.release));
  if (known->second.deprecated) return std::vector<Event>{};
  return std::vector<Event>{
      catalog::ReleaseDeprecated{c.release, c.by, c.reason, known->second.revision + 1}};
}

Answer decide_target(const catalog::ApproveTarget& c, const State& state) {
  const auto known = state.targets.find(c.ecu);
  if (known != state.targets.end() && known->second.approved == c.version)
    return std::vector<Event>{};
  const bool exists =
      std::any_of(state.releases.begin(), state.releases.end(), [&](const auto& entry) {
        const auto& release = entry.second;
        return release.target.ecu_type == c.ecu_type && release.target.version == c.version &&
               !release.deprecated;
      });
  if (!exists)
    return reject(Rejection::kNoSuchRelease,
                  "no available release of " + c.ecu_type + " has version " + to_string(c.version));
  return std::vector<Event>{catalog::TargetApproved{c.ecu, c.ecu_type, c.version, c.by}};
}

Answer decide_request(const catalog::RequestPackage& c, const State& state) {
  if (c.content.zones.empty()) return reject(Rejection::kInvalid, "a package of nothing");
  if (key_of(c.content) != c.key)
    return reject(Rejection::kInvalid, "the key is not the content's");
  const auto known = state.packages.find(c.key);
  if (known == state.packages.end())
    return std::vector<Event>{catalog::PackageRequested{c.key, c.content, 1, c.waiter}};
  const auto& package = known->second;
  if (package.failed)
    return std::vector<Event>{
        catalog::PackageRequested{c.key, c.content, package.attempt + 1, c.waiter}};
  if (c.waiter && !package.waiters.contains(*c.waiter))
    return std::vector<Event>{catalog::WaiterAdded{c.key, *c.waiter}};
  return std::vector<Event>{};
}

Answer decide_built(const catalog::ReportBuilt& c, const State& state) {
  const auto known = state.packages.find(c.key);
  if (known == state.packages.end())
    return reject(Rejection::kNoSuchPackage, "nobody asked for package " + to_hex(c.key));
  if (known->second.artifact || (known->second.failed && !c.artifact)) return std::vector<Event>{};
  if (c.artifact) return std::vector<Event>{catalog::PackageBuilt{c.key, *c.artifact}};
  return std::vector<Event>{catalog::PackageFailed{c.key, c.reason}};
}

}  // namespace

Taken Catalog::check(const Cause& cause, const State& state) {
  if (const auto* message = std::get_if<MessageCause>(&cause))
    return state.sources.check(*message, state.context.incarnation);
  const auto* request = std::get_if<RequestCause>(&cause);
  return request == nullptr ? Taken::kFresh : state.requests.check(*request);
}

Answer Catalog::decide(const Command& command, Time, const State& state) {
  return std::visit(
      Match{[&](const catalog::UploadRelease& c) { return decide_upload(c, state); },
            [&](const catalog::DeprecateRelease& c) { return decide_deprecate(c, state); },
            [&](const catalog::ApproveTarget& c) { return decide_target(c, state); },
            [&](const catalog::RequestPackage& c) { return decide_request(c, state); },
            [&](const catalog::ReportBuilt& c) { return decide_built(c, state); },
            [](const catalog::Undecodable& c) -> Answer {
              return reject(Rejection::kUndecodable, c.reason);
            },
            [](const catalog::AdvanceTime&) -> Answer { return std::vector<Event>{}; }},
      command);
}

Event Catalog::refused(const Command&, const Rejected<Rejection>& rejected) {
  return catalog::Refused{rejected.reason, rejected.detail};
}

Event Catalog::not_taken(const Cause&, Taken taken) {
  if (taken == Taken::kDuplicate) return catalog::AlreadySatisfied{};
  if (taken == Taken::kOtherBody)
    return catalog::Refused{Rejection::kIdInUse,
                            "the same Idempotency-Key was sent with another body"};
  return catalog::Refused{taken == Taken::kPredecessorMissing ? Rejection::kPredecessorMissing
                                                              : Rejection::kOtherIncarnation,
                          {}};
}

}  // namespace motorcade::core::catalogs
