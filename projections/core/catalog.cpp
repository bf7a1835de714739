#include "projections/core/fold.hpp"

namespace motorcade::projections {

void fold_catalog(const Envelope& envelope, const catalog::Event& event, RowChanges& out) {
  const Time at = envelope.committed_at;
  std::visit(Match{
                 [&](const catalog::ReleaseUploaded& e) {
                   out.push_back(AddRelease{e, at});
                 },
                 [&](const catalog::ReleaseDeprecated& e) {
                   out.push_back(DeprecateRelease{e, at});
                 },
                 [&](const catalog::TargetApproved& e) {
                   out.push_back(SetTarget{e, at});
                 },
                 [&](const catalog::PackageRequested& e) {
                   out.push_back(RequestPackage{e.key, e.content, e.attempt, at});
                 },
                 [&](const catalog::PackageBuilt& e) {
                   out.push_back(EndPackage{e.key, e.artifact, {}, at});
                 },
                 [&](const catalog::PackageFailed& e) {
                   out.push_back(EndPackage{e.key, std::nullopt, e.reason, at});
                 },
                 [](const catalog::WaiterAdded&) {},
                 [](const catalog::Refused&) {},
                 [](const catalog::AlreadySatisfied&) {},
             },
             event);
}

}  // namespace motorcade::projections
