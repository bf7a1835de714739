#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/values.hpp"

namespace motorcade::postgres {

namespace json = boost::json;
using namespace projections;

namespace {

const char* name_of(UpdateStatus status) {
  switch (status) {
    case UpdateStatus::kOffered:
      return "offered";
    case UpdateStatus::kAccepted:
      return "accepted";
    case UpdateStatus::kDownloading:
      return "downloading";
    case UpdateStatus::kDownloaded:
      return "downloaded";
    case UpdateStatus::kPackageVerified:
      return "package_verified";
    case UpdateStatus::kInstalling:
      return "installing";
    case UpdateStatus::kActivating:
      return "activating";
    case UpdateStatus::kInstalled:
      return "installed";
    case UpdateStatus::kVerified:
      return "verified";
    case UpdateStatus::kFailed:
      return "failed";
    case UpdateStatus::kRolledBack:
      return "rolled_back";
    case UpdateStatus::kDeclined:
      return "declined";
    case UpdateStatus::kTimedOut:
      return "timed_out";
    case UpdateStatus::kSuperseded:
      return "superseded";
    case UpdateStatus::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

const char* name_of(vehicle::EcuOutcome outcome) {
  switch (outcome) {
    case vehicle::EcuOutcome::kProgrammed:
      return "programmed";
    case vehicle::EcuOutcome::kFailed:
      return "failed";
    case vehicle::EcuOutcome::kRolledBack:
      return "rolled_back";
    case vehicle::EcuOutcome::kSkipped:
      return "skipped";
  }
  return "unknown";
}

const char* name_of(CommandOutcome outcome) {
  switch (outcome) {
    case CommandOutcome::kAccepted:
      return "accepted";
    case CommandOutcome::kRefused:
      return "refused";
    case CommandOutcome::kAlreadySatisfied:
      return "already_satisfied";
  }
  return "unknown";
}

}  // namespace

const Upsert& upsert(const AddUpdate&) {
  static constexpr Upsert kUpsert{"add_update", R"(
INSERT INTO vehicle_updates (update_id, campaign_id, vehicle_id, wave, attempt, package_key, status, rank,
                             progress_percent, bytes_total, times, started_at, expires_at, updated_at)
SELECT r.update_id, r.campaign_id, r.vehicle_id, r.wave, r.attempt, r.package_key, 'offered', r.rank, 0,
       r.bytes_total, jsonb_build_object('offered', r.at), r.at, r.expires_at, r.at
FROM json_to_recordset($1::json)
  AS r (update_id text, campaign_id text, vehicle_id text, wave bigint, attempt bigint, package_key text, rank integer,
        bytes_total numeric, expires_at timestamptz, at timestamptz)
ON CONFLICT DO NOTHING)"};
  return kUpsert;
}
void rows(const AddUpdate& c, json::array& out) {
  const auto& offer = c.offered;
  out.push_back(json::object{{"update_id", update_id(offer.command, offer.campaign, offer.vehicle)},
                             {"campaign_id", to_hex(offer.campaign)},
                             {"vehicle_id", to_hex(offer.vehicle)},
                             {"wave", offer.wave.value},
                             {"attempt", offer.attempt},
                             {"package_key", to_hex(offer.package)},
                             {"rank", rank_of(UpdateStatus::kOffered)},
                             {"bytes_total", offer.artifact.size_bytes},
                             {"expires_at", timestamp(offer.expires_at)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const StepUpdate&) {
  static constexpr Upsert kUpsert{"step_update", R"(
UPDATE vehicle_updates u SET
  status = CASE WHEN n.moves THEN r.status ELSE u.status END,
  rank = CASE WHEN n.moves THEN r.rank ELSE u.rank END,
  progress_percent = CASE WHEN n.moves THEN greatest(u.progress_percent, r.progress_percent)
                          ELSE u.progress_percent END,
  bytes_done = CASE WHEN n.moves THEN greatest(u.bytes_done, r.bytes_done) ELSE u.bytes_done END,
  bytes_total = CASE WHEN n.moves AND r.bytes_total > 0 THEN r.bytes_total ELSE u.bytes_total END,
  reason = CASE WHEN n.moves THEN coalesce(r.reason, u.reason) ELSE u.reason END,
  paused = CASE WHEN u.rank >= 100 OR n.moves AND r.rank >= 100 THEN false ELSE coalesce(r.paused, u.paused) END,
  ecus = u.ecus || r.ecus,
  times = jsonb_build_object(r.step, r.at) || u.times,
  finished_at = CASE WHEN n.moves AND r.rank >= 100 THEN r.at ELSE u.finished_at END,
  updated_at = r.at
FROM json_to_recordset($1::json)
  AS r (update_id text, step text, status text, rank integer, progress_percent integer, bytes_done numeric,
        bytes_total numeric, reason text, paused boolean, ecus jsonb, at timestamptz),
  LATERAL (SELECT x.rank < 100 AND r.rank IS NOT NULL AND r.rank >= x.rank AS moves
           FROM vehicle_updates x WHERE x.update_id = r.update_id) AS n
WHERE u.update_id = r.update_id)"};
  return kUpsert;
}
void rows(const StepUpdate& c, json::array& out) {
  json::object ecus;
  for (const auto& ecu : c.ecus) {
    ecus[clean(ecu.ecu)] = json::object{
        {"gateway", clean(ecu.gateway)}, {"outcome", name_of(ecu.outcome)}, {"nrc", ecu.nrc}};
  }
  json::object row{{"update_id", c.update},
                   {"step", c.step},
                   {"bytes_done", c.bytes_done},
                   {"bytes_total", c.bytes_total},
                   {"reason", optional_text(c.reason)},
                   {"ecus", std::move(ecus)},
                   {"at", timestamp(c.at)}};
  if (c.status) {
    row["status"] = name_of(*c.status);
    row["rank"] = rank_of(*c.status);
    row["progress_percent"] = progress_percent(*c.status, c.bytes_done, c.bytes_total);
  }
  if (c.paused) row["paused"] = *c.paused;
  out.push_back(std::move(row));
}

const Upsert& upsert(const EndUpdate&) {
  static constexpr Upsert kUpsert{"end_update", R"(
INSERT INTO vehicle_updates AS u (update_id, campaign_id, vehicle_id, wave, attempt, status, rank, progress_percent,
                                  reason, times, started_at, finished_at, updated_at)
SELECT r.update_id, r.campaign_id, r.vehicle_id, r.wave, r.attempt, r.status, 100, r.progress_percent, r.reason,
       jsonb_build_object(r.status, r.at), r.at, r.at, r.at
FROM json_to_recordset($1::json)
  AS r (update_id text, campaign_id text, vehicle_id text, wave bigint, attempt bigint, status text,
        progress_percent integer, reason text, at timestamptz)
ON CONFLICT (update_id) DO UPDATE SET
  wave = coalesce(excluded.wave, u.wave), attempt = greatest(excluded.attempt, u.attempt),
  status = excluded.status, rank = 100, paused = false,
  progress_percent = greatest(u.progress_percent, excluded.progress_percent),
  reason = coalesce(excluded.reason, u.reason), times = u.times || excluded.times,
  finished_at = excluded.finished_at, updated_at = excluded.updated_at)"};
  return kUpsert;
}
void rows(const EndUpdate& c, json::array& out) {
  out.push_back(json::object{{"update_id", c.update},
                             {"campaign_id", to_hex(c.campaign)},
                             {"vehicle_id", to_hex(c.vehicle)},
                             {"wave", c.wave ? json::value(c.wave->value) : json::value()},
                             {"attempt", c.attempt},
                             {"status", name_of(c.status)},
                             {"progress_percent", progress_percent(c.status)},
                             {"reason", optional_text(c.reason)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const ContradictUpdate&) {
  static constexpr Upsert kUpsert{"contradict_update", R"(
UPDATE vehicle_updates u SET contradicted_at = r.at, updated_at = r.at
FROM json_to_recordset($1::json) AS r (vehicle_id text, campaign_id text, at timestamptz)
WHERE u.vehicle_id = r.vehicle_id AND u.campaign_id = r.campaign_id AND u.status = 'verified')"};
  return kUpsert;
}
void rows(const ContradictUpdate& c, json::array& out) {
  out.push_back(json::object{{"vehicle_id", to_hex(c.vehicle)},
                             {"campaign_id", to_hex(c.campaign)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const AddCommand&) {
  static constexpr Upsert kUpsert{"add_command", R"(
INSERT INTO commands (message_id, outcome, reason, detail, actor, aggregate, position, committed_at)
SELECT r.* FROM json_to_recordset($1::json)
  AS r (message_id text, outcome text, reason text, detail text, actor text, aggregate text, position text,
        committed_at timestamptz)
ON CONFLICT DO NOTHING)"};
  return kUpsert;
}
void rows(const AddCommand& c, json::array& out) {
  out.push_back(json::object{{"message_id", to_hex(c.id)},
                             {"outcome", name_of(c.outcome)},
                             {"reason", optional_text(c.reason)},
                             {"detail", optional_text(c.detail)},
                             {"actor", clean(c.actor)},
                             {"aggregate", optional_text(c.aggregate)},
                             {"position", c.position},
                             {"committed_at", timestamp(c.at)}});
}

}  // namespace motorcade::postgres
