// From an envelope's bytes to row changes.
#pragma once
#include "engine/ports/key_store.hpp"
#include "engine/ports/log.hpp"
#include "events/result.hpp"
#include "projections/core/row_changes.hpp"

namespace motorcade::projections {

/// Decodes, folds, and opens sealed VINs (none: erased, or sealed under other keys than these). An
/// error is damage, or an event of a newer program; it names the place.
[[nodiscard]] Result<RowChanges> changes_of(Partition partition,
                                            const ports::StoredEnvelope& stored,
                                            const ports::KeyStore& keys);

}  // namespace motorcade::projections
