#include "adapters/postgres/migrations.hpp"

namespace motorcade::postgres {
namespace {

/// Any number that nobody else uses: migrations of one database run one after the other.
constexpr auto kLock = "SELECT pg_advisory_xact_lock(7028763310431)";
constexpr auto kDigest = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')";

struct Known {
  std::string name, digest;
};

std::vector<Known> prepare_schema(Session& session, const std::string& schema) {
  pqxx::work tx(session.connection());
  tx.exec(kLock);
  tx.exec("CREATE SCHEMA IF NOT EXISTS " + tx.quote_name(schema));
  tx.exec(
      "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, digest text NOT NULL,"
      " applied_at timestamptz NOT NULL DEFAULT now())");
  std::vector<Known> known;
  for (const auto& row : tx.exec("SELECT name, digest FROM schema_migrations ORDER BY name")) {
    known.push_back({row[0].as<std::string>(), row[1].as<std::string>()});
  }
  tx.commit();
  return known;
}

std::string digest_of(Session& session, const Migration& migration) {
  pqxx::work tx(session.connection());
  return tx.exec_params1(kDigest, migration.sql)[0].as<std::string>();
}

/// False: another process was faster.
bool apply_one(Session& session, const Migration& migration, const std::string& digest) {
  pqxx::work tx(session.connection());
  tx.exec(kLock);
  const auto added = tx.exec_params(
      "INSERT INTO schema_migrations (name, digest) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      migration.name, digest);
  if (added.affected_rows() == 0) return false;
  tx.exec(migration.sql);
  tx.commit();
  return true;
}

Result<std::size_t> migrate_in(Session& session, const std::string& schema,
                               std::span<const Migration> migrations) {
  const auto known = prepare_schema(session, schema);
  std::size_t applied = 0;
  for (std::size_t i = 0; i < std::max(migrations.size(), known.size()); ++i) {
    if (i >= migrations.size() || (i < known.size() && known[i].name != migrations[i].name)) {
      return failure(errc::kMigrationChanged,
                     "schema " + schema + " has migration " + known[i].name +
                         ", which this program does not have in that place: use the program that "
                         "made it, or a newer one, or `motorcade projections rebuild`");
    }
    const std::string digest = digest_of(session, migrations[i]);
    if (i < known.size()) {
      if (known[i].digest == digest) continue;
      return failure(errc::kMigrationChanged,
                     "migration " + known[i].name + " of schema " + schema +
                         " was applied with other content: never edit an applied migration, add "
                         "one; `motorcade projections rebuild` starts anew");
    }
    if (apply_one(session, migrations[i], digest)) ++applied;
  }
  return applied;
}

}  // namespace

Result<std::size_t> migrate(Pool& pool, std::span<const Migration> migrations) {
  const std::string& schema = pool.options().schema;
  TRY(auto outcome, pool.run_here("migrate schema " + schema, [&](Session& session) {
    return migrate_in(session, schema, migrations);
  }));
  return outcome;
}

}  // namespace motorcade::postgres
