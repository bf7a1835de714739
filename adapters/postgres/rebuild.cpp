#include "adapters/postgres/rebuild.hpp"

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/row_sink.hpp"

namespace motorcade::postgres {
namespace {

constexpr int kSwapTries = 50;
constexpr auto kBetweenTries = std::chrono::milliseconds(100);

struct Names {
  std::string live, next, old;  ///< quoted
};

bool has_checkpoints(pqxx::transaction_base& tx, const std::string& schema) {
  return !tx.exec_params1("SELECT to_regclass($1)", schema + ".checkpoints")[0].is_null();
}

bool is_behind(pqxx::transaction_base& tx, const Names& names) {
  return tx
      .exec1("SELECT EXISTS (SELECT 1 FROM " + names.live + ".checkpoints l JOIN " + names.live +
             ".projected_log ll ON true JOIN " + names.next +
             ".projected_log nl ON nl.incarnation = ll.incarnation LEFT JOIN " + names.next +
             ".checkpoints n ON n.stream = l.stream AND n.partition = l.partition"
             " WHERE coalesce(n.next_sequence, 0) < l.next_sequence)")[0]
      .as<bool>();
}

bool rename(Session& session, const Names& names) {
  pqxx::work tx(session.connection());
  if (has_checkpoints(tx, names.live)) {
    tx.exec("LOCK TABLE " + names.live + ".checkpoints IN SHARE ROW EXCLUSIVE MODE");
    if (is_behind(tx, names)) return false;
  }
  tx.exec("CREATE SCHEMA IF NOT EXISTS " + names.live);
  tx.exec("ALTER SCHEMA " + names.live + " RENAME TO " + names.old);
  tx.exec("ALTER SCHEMA " + names.next + " RENAME TO " + names.live);
  tx.commit();
  return true;
}

void drop(Session& session, const std::string& schema) {
  pqxx::work tx(session.connection());
  tx.exec("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
  tx.commit();
}

}  // namespace

boost::asio::awaitable<Result<void>> rebuild(ports::EventLog& log, const ports::KeyStore& keys,
                                             ports::Clock& clock, Options live,
                                             projections::ProjectorOptions options) {
  Pool live_pool(live), next_pool(beside(live));
  CO_TRY_VOID(prepare_rebuild(next_pool));
  PostgresRowSink sink(next_pool);
  projections::Progress progress;
  projections::Projector projector(log, sink, keys, clock, progress, nullptr, options);
  for (int tries = 0; tries < kSwapTries; ++tries) {
    CO_TRY_VOID(co_await projector.run_to_end());
    CO_TRY(const bool swapped, swap_in(live_pool, next_pool));
    if (swapped) co_return Result<void>{};
    co_await clock.sleep_until(clock.now() + kBetweenTries);
  }
  co_return failure(errc::kRebuildBehind,
                    "the live rows stay; try again when less happens: schema " + live.schema);
}

Options beside(Options options) {
  options.schema += "_next";
  return options;
}

Result<void> prepare_rebuild(Pool& next) {
  const std::string& schema = next.options().schema;
  TRY([[maybe_unused]] const bool dropped,
      next.run_here("drop schema " + schema, [&](Session& session) {
        drop(session, session.connection().quote_name(schema));
        return true;
      }));
  TRY([[maybe_unused]] const auto applied, migrate(next));
  return {};
}

Result<bool> swap_in(Pool& live, Pool& next) {
  return live.run_here("swap in schema " + next.options().schema, [&](Session& session) {
    auto& connection = session.connection();
    const Names names{connection.quote_name(live.options().schema),
                      connection.quote_name(next.options().schema),
                      connection.quote_name(live.options().schema + "_old")};
    drop(session, names.old);
    if (!rename(session, names)) return false;
    drop(session, names.old);
    return true;
  });
}

}  // namespace motorcade::postgres
