// The fold of the read models: an envelope and its facts in, row changes out. Pure, and without
// state: what a row's next value depends on besides the fact is said by the change.
#pragma once
#include <span>

#include "projections/core/row_changes.hpp"

namespace motorcade::projections {

/// A decoded fact of any stream.
using Fact = std::variant<vehicle::Event, campaign::Event, catalog::Event>;

/// All changes that an envelope makes, in order.
[[nodiscard]] RowChanges fold(const Envelope& envelope, std::span<const Fact> facts);

// One per read model; each appends to `out`.
void fold_vehicles(const Envelope& envelope, const vehicle::Event& event, RowChanges& out);
void fold_updates(const Envelope& envelope, const vehicle::Event& event, RowChanges& out);
void fold_campaigns(const Envelope& envelope, const campaign::Event& event, RowChanges& out);
void fold_catalog(const Envelope& envelope, const catalog::Event& event, RowChanges& out);
/// The outcome of a request, if that caused the envelope.
void fold_commands(const Envelope& envelope, std::span<const Fact> facts, RowChanges& out);

}  // namespace motorcade::projections
