#include "projections/core/fold.hpp"

namespace motorcade::projections {

RowChanges fold(const Envelope& envelope, std::span<const Fact> facts) {
  RowChanges out;
  for (const Fact& fact : facts) {
    std::visit(Match{
                   [&](const vehicle::Event& event) {
                     fold_vehicles(envelope, event, out);
                     fold_updates(envelope, event, out);
                   },
                   [&](const campaign::Event& event) { fold_campaigns(envelope, event, out); },
                   [&](const catalog::Event& event) { fold_catalog(envelope, event, out); },
               },
               fact);
  }
  fold_commands(envelope, facts, out);
  return out;
}

}  // namespace motorcade::projections
