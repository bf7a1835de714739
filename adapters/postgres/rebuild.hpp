// Builds the read models anew in a schema beside, and swaps it in: readers see the old rows until
// one commit, and the new ones after it.
#pragma once
#include "adapters/postgres/pool.hpp"

namespace motorcade::postgres {

/// Where a rebuild works: the schema's name with "_next".
[[nodiscard]] Options beside(Options options);

/// Drops what an earlier rebuild left beside, and migrates an empty schema there. `next` is a pool
/// with the options of `beside`.
[[nodiscard]] Result<void> prepare_rebuild(Pool& next);

/// One transaction: holds the projector still, checks that `next` is not behind the live schema of
/// the same log, and renames both. False: it is behind; project on, and try again. The old schema
/// is dropped afterwards.
[[nodiscard]] Result<bool> swap_in(Pool& live, Pool& next);

}  // namespace motorcade::postgres
