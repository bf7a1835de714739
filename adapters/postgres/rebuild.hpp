// Builds the read models anew in a schema beside, and swaps it in: readers see the old rows until
// one commit, and the new ones after it.
#pragma once
#include "adapters/postgres/pool.hpp"
#include "projections/runner/projector.hpp"

namespace motorcade::postgres {

/// Builds them from the whole log into the schema `{live.schema}_next`, while the old ones are
/// served and projected, and swaps when it has caught up with them. kRebuildBehind: it could not.
[[nodiscard]] boost::asio::awaitable<Result<void>> rebuild(
    ports::EventLog& log, const ports::KeyStore& keys, ports::Clock& clock, Options live,
    projections::ProjectorOptions projector = {});

// The steps of it; blocking.

/// Where a rebuild works.
[[nodiscard]] Options beside(Options options);

/// Drops what an earlier rebuild left beside, and migrates an empty schema there. `next` is a pool
/// with the options of `beside`.
[[nodiscard]] Result<void> prepare_rebuild(Pool& next);

/// One transaction: holds the projector still, checks that `next` is not behind the live schema of
/// the same log, and renames both. False: it is behind; project on, and try again. The old schema
/// is dropped afterwards.
[[nodiscard]] Result<bool> swap_in(Pool& live, Pool& next);

}  // namespace motorcade::postgres
