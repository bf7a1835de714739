#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/values.hpp"

namespace motorcade::postgres {

namespace json = boost::json;
using namespace projections;

namespace {

const char* name_of(CampaignStatus status) {
  switch (status) {
    case CampaignStatus::kProposed:
      return "proposed";
    case CampaignStatus::kApproved:
      return "approved";
    case CampaignStatus::kSurveying:
      return "surveying";
    case CampaignStatus::kRunning:
      return "running";
    case CampaignStatus::kHeld:
      return "held";
    case CampaignStatus::kPaused:
      return "paused";
    case CampaignStatus::kCompleted:
      return "completed";
    case CampaignStatus::kAborted:
      return "aborted";
    case CampaignStatus::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

const char* name_of(WaveState state) {
  switch (state) {
    case WaveState::kPending:
      return "pending";
    case WaveState::kOpen:
      return "open";
    case WaveState::kSoaking:
      return "soaking";
    case WaveState::kPassed:
      return "passed";
    case WaveState::kHeld:
      return "held";
    case WaveState::kSkipped:
      return "skipped";
  }
  return "unknown";
}

}  // namespace

const Upsert& upsert(const AddCampaign&) {
  static constexpr Upsert kUpsert{"add_campaign", R"(
INSERT INTO campaigns (campaign_id, name, status, author, definition, content, content_hash, times, position,
                       created_at, updated_at)
SELECT r.campaign_id, r.name, 'draft', r.author, r.definition, r.content, r.content_hash,
       jsonb_build_object('draft', r.at), r.position, r.at, r.at
FROM json_to_recordset($1::json)
  AS r (campaign_id text, name text, author text, definition jsonb, content jsonb, content_hash text, position text,
        at timestamptz)
ON CONFLICT DO NOTHING)"};
  return kUpsert;
}
void rows(const AddCampaign& c, json::array& out) {
  json::array content;
  for (const ReleaseTarget& release : c.created.content) content.push_back(to_json(release));
  out.push_back(json::object{{"campaign_id", to_hex(c.created.campaign)},
                             {"name", clean(c.created.definition.name)},
                             {"author", clean(c.created.by)},
                             {"definition", to_json(c.created.definition)},
                             {"content", std::move(content)},
                             {"content_hash", to_hex(c.created.content_hash)},
                             {"position", c.position},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const MoveCampaign&) {
  static constexpr Upsert kUpsert{"move_campaign", R"(
UPDATE campaigns c SET
  status = r.status, approver = coalesce(r.approver, c.approver), reason = r.reason,
  generation = greatest(c.generation, r.generation),
  times = c.times || jsonb_build_object(r.status, r.at),
  position = r.position, updated_at = r.at
FROM json_to_recordset($1::json)
  AS r (campaign_id text, status text, approver text, reason text, generation numeric, position text, at timestamptz)
WHERE c.campaign_id = r.campaign_id)"};
  return kUpsert;
}
void rows(const MoveCampaign& c, json::array& out) {
  out.push_back(json::object{{"campaign_id", to_hex(c.campaign)},
                             {"status", name_of(c.to)},
                             {"approver", optional_text(c.approver.value_or(""))},
                             {"reason", optional_text(c.reason)},
                             {"generation", c.generation.value},
                             {"position", c.position},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const RaiseAlarm&) {
  static constexpr Upsert kUpsert{"raise_alarm", R"(
UPDATE campaigns c SET contradicted = r.contradicted, times = c.times || jsonb_build_object('alarm', r.at),
  updated_at = r.at
FROM json_to_recordset($1::json) AS r (campaign_id text, contradicted numeric, at timestamptz)
WHERE c.campaign_id = r.campaign_id)"};
  return kUpsert;
}
void rows(const RaiseAlarm& c, json::array& out) {
  out.push_back(json::object{{"campaign_id", to_hex(c.campaign)},
                             {"contradicted", c.contradicted},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const AddWave&) {
  static constexpr Upsert kUpsert{"add_wave", R"(
INSERT INTO waves (campaign_id, number, size, last_rank, last_vehicle, state)
SELECT r.*, 'pending' FROM json_to_recordset($1::json)
  AS r (campaign_id text, number bigint, size numeric, last_rank numeric, last_vehicle text)
ON CONFLICT DO NOTHING)"};
  return kUpsert;
}
void rows(const AddWave& c, json::array& out) {
  out.push_back(json::object{{"campaign_id", to_hex(c.campaign)},
                             {"number", c.wave.value},
                             {"size", c.plan.size},
                             {"last_rank", c.plan.last.rank},
                             {"last_vehicle", to_hex(c.plan.last.vehicle)}});
}

const Upsert& upsert(const MoveWave&) {
  static constexpr Upsert kUpsert{"move_wave", R"(
UPDATE waves w SET state = r.state, attempt = coalesce(r.attempt, w.attempt), reason = r.reason,
  evidence = coalesce(r.evidence, w.evidence),
  opened_at = CASE r.state WHEN 'open' THEN r.at ELSE w.opened_at END,
  soaking_until = coalesce(r.soaking_until, w.soaking_until),
  decided_at = CASE WHEN r.state IN ('passed', 'held', 'skipped') THEN r.at END
FROM json_to_recordset($1::json)
  AS r (campaign_id text, number bigint, state text, attempt bigint, reason text, evidence jsonb,
        soaking_until timestamptz, at timestamptz)
WHERE w.campaign_id = r.campaign_id AND w.number = r.number)"};
  return kUpsert;
}
void rows(const MoveWave& c, json::array& out) {
  json::object row{{"campaign_id", to_hex(c.campaign)},
                   {"number", c.wave.value},
                   {"state", name_of(c.to)},
                   {"reason", optional_text(c.reason)},
                   {"at", timestamp(c.at)}};
  if (c.attempt) row["attempt"] = *c.attempt;
  if (c.evidence) row["evidence"] = to_json(*c.evidence);
  if (c.soaking_until) row["soaking_until"] = timestamp(*c.soaking_until);
  out.push_back(std::move(row));
}

const Upsert& upsert(const SetTally&) {
  static constexpr Upsert kUpsert{"set_tally", R"(
INSERT INTO tallies AS t (campaign_id, shard, sequence, offered, contradicted, waves)
SELECT r.* FROM json_to_recordset($1::json)
  AS r (campaign_id text, shard text, sequence bigint, offered numeric, contradicted numeric, waves jsonb)
ON CONFLICT (campaign_id, shard) DO UPDATE SET sequence = excluded.sequence, offered = excluded.offered,
  contradicted = excluded.contradicted, waves = excluded.waves
WHERE excluded.sequence >= t.sequence)"};
  return kUpsert;
}
void rows(const SetTally& c, json::array& out) {
  json::array waves;
  for (const WaveCounts& counts : c.tally.waves) waves.push_back(to_json(counts));
  out.push_back(json::object{{"campaign_id", to_hex(c.tally.campaign)},
                             {"shard", to_string(c.tally.shard)},
                             {"sequence", c.tally.sequence.value},
                             {"offered", c.tally.offered},
                             {"contradicted", c.tally.contradicted},
                             {"waves", std::move(waves)}});
}

}  // namespace motorcade::postgres
