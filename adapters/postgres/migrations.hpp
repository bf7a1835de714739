// Brings a schema to the newest version. The SQL files of migrations/ are compiled in; each runs
// once, in order, in a transaction of its own, and is remembered with its SHA-256: one that was
// applied and then changed, or that is gone, is refused.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/pool.hpp"

namespace motorcade::postgres {

struct Migration {
  std::string name;  ///< 0001_vehicles; applied in the order of names
  std::string sql;
};
/// The files of migrations/, as they were when this was built.
[[nodiscard]] const std::vector<Migration>& embedded_migrations();

/// Makes the schema of the pool's options if it is missing, and applies what was not applied.
/// Answers how many that were. Several processes may call it at once.
[[nodiscard]] Result<std::size_t> migrate(
    Pool& pool, std::span<const Migration> migrations = embedded_migrations());

}  // namespace motorcade::postgres
