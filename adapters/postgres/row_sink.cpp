#include "adapters/postgres/row_sink.hpp"

#include <boost/json.hpp>
#include <unordered_map>

#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/values.hpp"

namespace motorcade::postgres {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace projections;

/// Fixed by PostgreSQL's own order of locks: whoever projects holds this until its commit.
constexpr auto kLockCheckpoints = "LOCK TABLE checkpoints IN SHARE ROW EXCLUSIVE MODE";

Checkpoints read_checkpoints(pqxx::transaction_base& tx) {
  Checkpoints checkpoints;
  for (const auto& row : tx.exec("SELECT stream, partition, next_sequence FROM checkpoints")) {
    const auto stream = stream_from(row[0].as<std::string>());
    if (!stream) continue;
    checkpoints[{*stream, row[1].as<std::uint16_t>()}] = Sequence{row[2].as<std::uint64_t>()};
  }
  return checkpoints;
}

/// Statements of one round, each with its rows. In a round no row is changed twice, so the order
/// of its statements does not matter.
using Round = std::map<const Upsert*, json::array>;

/// Changes of equal keys go to successive rounds, in their order; all others go together.
std::vector<Round> rounds_of(const std::vector<const Slice*>& slices) {
  std::vector<Round> rounds;
  std::unordered_map<std::string, std::size_t> next_round;
  for (const Slice* slice : slices) {
    for (const RowChange& change : slice->changes) {
      const std::size_t round = next_round[row_key(change)]++;
      if (round == rounds.size()) rounds.emplace_back();
      append_rows(change, rounds[round][&upsert_of(change)]);
    }
  }
  return rounds;
}

void save_checkpoints(pqxx::transaction_base& tx, Session& session,
                      const std::vector<const Slice*>& slices) {
  json::array rows;
  for (const Slice* slice : slices) {
    rows.push_back(json::object{{"stream", to_string(slice->partition.stream)},
                                {"partition", slice->partition.number},
                                {"next_sequence", slice->next.value}});
  }
  tx.exec_prepared(session.prepared("save_checkpoints", R"(
INSERT INTO checkpoints (stream, partition, next_sequence, updated_at)
SELECT r.*, now() FROM json_to_recordset($1::json) AS r (stream text, partition integer, next_sequence bigint)
ON CONFLICT (stream, partition) DO UPDATE SET next_sequence = excluded.next_sequence,
  updated_at = excluded.updated_at)"),
                   json::serialize(rows));
}

Applied apply_batch(Session& session, const std::vector<Slice>& batch) {
  pqxx::work tx(session.connection());
  tx.exec(kLockCheckpoints);
  const Checkpoints checkpoints = read_checkpoints(tx);
  std::vector<const Slice*> fresh;
  for (const Slice& slice : batch) {
    const auto found = checkpoints.find(slice.partition);
    const Sequence have = found == checkpoints.end() ? Sequence{} : found->second;
    if (slice.next <= have) continue;
    if (slice.from != have) return Applied::kElsewhere;
    fresh.push_back(&slice);
  }
  if (fresh.empty()) return Applied::kCommitted;
  for (const Round& round : rounds_of(fresh)) {
    for (const auto& [upsert, rows] : round) {
      tx.exec_prepared(session.prepared(upsert->name, upsert->sql), json::serialize(rows));
    }
  }
  save_checkpoints(tx, session, fresh);
  tx.commit();
  return Applied::kCommitted;
}

/// The incarnation of the log that the rows are of; of `log`, if they were of none.
std::string claim_log(pqxx::transaction_base& tx, const Incarnation& log) {
  tx.exec_params("INSERT INTO projected_log (incarnation) VALUES ($1) ON CONFLICT DO NOTHING",
                 to_hex(log));
  return tx.exec1("SELECT incarnation FROM projected_log")[0].as<std::string>();
}

}  // namespace

asio::awaitable<Result<Checkpoints>> PostgresRowSink::checkpoints(Incarnation log) {
  std::string found;
  auto work = [log](Session& session) {
    pqxx::work tx(session.connection());
    auto answer = std::pair{claim_log(tx, log), read_checkpoints(tx)};
    tx.commit();
    return answer;
  };
  CO_TRY(auto answer, co_await pool_.run("read checkpoints", std::move(work)));
  if (answer.first != to_hex(log)) {
    co_return failure(errc::kForeignLog, "schema " + pool_.options().schema +
                                             " holds rows of log " + answer.first + ", this is " +
                                             to_hex(log) + ": run `motorcade projections rebuild`");
  }
  co_return std::move(answer.second);
}

asio::awaitable<Result<Applied>> PostgresRowSink::apply(Batch batch) {
  auto work = [batch = std::move(batch)](Session& session) { return apply_batch(session, *batch); };
  co_return co_await pool_.run("apply rows", std::move(work));
}

asio::awaitable<Result<void>> PostgresRowSink::prune_commands(Time before) {
  auto work = [before](Session& session) {
    pqxx::work tx(session.connection());
    tx.exec_params("DELETE FROM commands WHERE committed_at < $1", timestamp(before));
    tx.commit();
    return true;
  };
  CO_TRY([[maybe_unused]] const bool done, co_await pool_.run("prune commands", std::move(work)));
  co_return Result<void>{};
}

asio::awaitable<Result<void>> PostgresRowSink::erase_vin(VehicleId vehicle) {
  auto work = [vehicle](Session& session) {
    pqxx::work tx(session.connection());
    tx.exec_params("UPDATE vehicles SET vin = NULL WHERE vehicle_id = $1", to_hex(vehicle));
    tx.commit();
    return true;
  };
  CO_TRY([[maybe_unused]] const bool done, co_await pool_.run("erase VIN", std::move(work)));
  co_return Result<void>{};
}

}  // namespace motorcade::postgres
