#include "adapters/postgres/documents.hpp"

#include <array>

namespace motorcade::postgres {
namespace {

// Times are RFC 3339 in UTC with milliseconds: at(x). Nulls are left out, but for a VIN: an erased
// one is null.
#define AT(column) "to_char(" column ", 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
#define TIMES(column)                                         \
  "(SELECT json_object_agg(key, to_char(value::timestamptz, " \
  "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') ORDER BY value, key) FROM jsonb_each_text(" column "))"

#define ECU_DOCUMENT                                                                               \
  "json_strip_nulls(json_build_object('id', e.ecu_id, 'type', e.ecu_type, 'hardware', e.hardware," \
  " 'zone', e.gateway, 'zoneModel', e.zone_model, 'currentVersion', e.current_version,"            \
  " 'targetVersion', e.target_version, 'outdated', e.outdated))"

#define WAVE_DOCUMENT \
  "json_strip_nulls(json_build_object('campaignId', w.campaign_id, 'number', w.number, 'size', " \
  "w.size," \
  " 'state', w.state, 'attempt', w.attempt, 'reason', w.reason, 'counts', w.counts, 'gate', w.evidence," \
  " 'lastRank', w.last_rank::text, 'lastVehicle', w.last_vehicle, 'openedAt', " AT("w.opened_at") "," \
  " 'soakingUntil', " AT("w.soaking_until") ", 'decidedAt', " AT("w.decided_at") "))"

// --- vehicles ---
constexpr auto kVehicle =
    "jsonb_strip_nulls(jsonb_build_object('id', v.vehicle_id, 'model', v.model, 'year', v.year, 'vmgId', v.vmg_id,"
    " 'status', v.status, 'currentUpdate', v.current_update, 'bootCount', v.boot_count,"
    " 'configuration', v.configuration, 'readiness', v.readiness, 'firstSeenAt', " AT("v.first_seen_at") ","
    " 'lastSeenAt', " AT("v.last_seen_at") ", 'updatedAt', " AT("v.updated_at") ","
    " 'ecus', coalesce((SELECT json_agg(" ECU_DOCUMENT " ORDER BY e.ecu_id) FROM ecus e"
    " WHERE e.vehicle_id = v.vehicle_id), '[]'::json))) || jsonb_build_object('vin', v.vin)";
constexpr std::array kVehicleOrder{OrderColumn{"v.vehicle_id", "text"}};
constexpr std::array kVehicleFilters{Filter{"model", "v.model = $$"},
                                     Filter{"year", "v.year::text = $$"},
                                     Filter{"status", "v.status = $$"},
                                     Filter{"vin", "v.vin = $$"},
                                     Filter{"vmgId", "v.vmg_id = $$"},
                                     Filter{"outdated",
                                            "EXISTS (SELECT 1 FROM ecus e WHERE e.vehicle_id = "
                                            "v.vehicle_id AND e.outdated) = ($$ = 'true')"}};

constexpr auto kEcu =
    "jsonb_strip_nulls(jsonb_build_object('vehicleId', e.vehicle_id, 'id', e.ecu_id, 'type', "
    "e.ecu_type,"
    " 'hardware', e.hardware, 'zone', e.gateway, 'zoneModel', e.zone_model,"
    " 'currentVersion', e.current_version, 'targetVersion', e.target_version, 'outdated', "
    "e.outdated)) || jsonb_build_object('vin', e.vin)";
constexpr std::array kEcuOrder{OrderColumn{"e.ecu_id", "text"},
                               OrderColumn{"e.vehicle_id", "text"}};
constexpr std::array kEcuFilters{Filter{"vehicle", "(e.vehicle_id = $$ OR e.vin = $$)"},
                                 Filter{"ecu", "e.ecu_id = $$"},
                                 Filter{"type", "e.ecu_type = $$"},
                                 Filter{"zone", "e.gateway = $$"},
                                 Filter{"version", "e.current_version = $$"},
                                 Filter{"outdated", "e.outdated = ($$ = 'true')"}};

constexpr auto kTarget =
    "json_build_object('ecu', t.ecu_id, 'type', t.ecu_type, 'version', t.version, 'approvedBy', "
    "t.approved_by,"
    " 'approvedAt', " AT("t.approved_at") ")";
constexpr std::array kTargetOrder{OrderColumn{"t.ecu_id", "text"},
                                  OrderColumn{"t.ecu_type", "text"}};
constexpr std::array kTargetFilters{Filter{"type", "t.ecu_type = $$"}};

// --- catalog ---
constexpr auto kFirmware =
    "json_strip_nulls(json_build_object('id', f.release_id, 'ecuType', f.ecu_type, 'hardware', f.hardware,"
    " 'version', f.version, 'sha256', f.image, 'sizeBytes', f.size_bytes, 'fileName', f.file_name,"
    " 'notes', f.notes, 'status', f.status, 'uploadedBy', f.uploaded_by, 'uploadedAt', " AT("f.uploaded_at") ","
    " 'deprecatedBy', f.deprecated_by, 'deprecatedAt', " AT("f.deprecated_at") ","
    " 'deprecationReason', f.deprecation_reason))";
constexpr std::array kFirmwareOrder{OrderColumn{"f.ecu_type", "text"},
                                    OrderColumn{"f.version_order", "bigint[]"},
                                    OrderColumn{"f.release_id", "text"}};
constexpr std::array kFirmwareFilters{
    Filter{"ecuType", "f.ecu_type = $$"}, Filter{"hardware", "f.hardware = $$"},
    Filter{"version", "f.version = $$"}, Filter{"status", "f.status = $$"}};

constexpr auto kPackage =
    "json_strip_nulls(json_build_object('key', p.package_key, 'status', p.status, 'sha256', "
    "p.digest,"
    " 'sizeBytes', p.size_bytes, 'reason', p.reason, 'attempt', p.attempt, 'content', p.content,"
    " 'requestedAt', " AT("p.requested_at") ", 'finishedAt', " AT("p.finished_at") "))";
constexpr std::array kPackageOrder{OrderColumn{"p.package_key", "text"}};
constexpr std::array kPackageFilters{Filter{"status", "p.status = $$"},
                                     Filter{"sha256", "p.digest = $$"}};

// --- campaigns ---
constexpr auto kCampaign =
    "json_strip_nulls(json_build_object('id', c.campaign_id, 'name', c.name, 'status', c.status,"
    " 'author', c.author, 'approver', c.approver, 'reason', c.reason, 'generation', c.generation,"
    " 'contentHash', c.content_hash, 'definition', c.definition, 'content', c.content,"
    " 'contradicted', c.contradicted, 'position', c.position, 'createdAt', " AT("c.created_at") ","
    " 'updatedAt', " AT("c.updated_at") ", 'times', " TIMES("c.times") ","
    " 'size', (SELECT coalesce(sum(w.size), 0) FROM waves w WHERE w.campaign_id = c.campaign_id),"
    " 'offered', (SELECT coalesce(sum(t.offered), 0) FROM tallies t WHERE t.campaign_id = c.campaign_id),"
    " 'waves', coalesce((SELECT json_agg(" WAVE_DOCUMENT " ORDER BY w.number) FROM counted_waves w"
    " WHERE w.campaign_id = c.campaign_id), '[]'::json)))";
constexpr std::array kCampaignOrder{OrderColumn{"c.created_at", "timestamptz"},
                                    OrderColumn{"c.campaign_id", "text"}};
constexpr std::array kCampaignFilters{Filter{"status", "c.status = $$"},
                                      Filter{"author", "c.author = $$"},
                                      Filter{"name", "c.name = $$"}};

constexpr auto kWave = WAVE_DOCUMENT;
constexpr std::array kWaveOrder{OrderColumn{"w.campaign_id", "text"},
                                OrderColumn{"w.number", "bigint"}};
constexpr std::array kWaveFilters{Filter{"campaign", "w.campaign_id = $$"},
                                  Filter{"state", "w.state = $$"}};

constexpr auto kUpdate =
    "jsonb_strip_nulls(jsonb_build_object('id', u.update_id, 'campaignId', u.campaign_id,"
    " 'vehicleId', u.vehicle_id, 'wave', u.wave, 'attempt', u.attempt, 'status', u.status,"
    " 'paused', u.paused, 'progressPercent', u.progress_percent, 'bytesDone', u.bytes_done,"
    " 'bytesTotal', u.bytes_total, 'reason', u.reason, 'packageKey', u.package_key, 'sha256', p.digest,"
    " 'targets', (SELECT json_agg(json_build_object('zone', z ->> 'gateway', 'ecu', e ->> 'id',"
    " 'from', e ->> 'from', 'to', e ->> 'to') ORDER BY e ->> 'id')"
    " FROM jsonb_array_elements(p.content -> 'zones') z, jsonb_array_elements(z -> 'ecus') e),"
    " 'ecus', (SELECT json_agg(json_build_object('ecu', key, 'zone', value ->> 'gateway',"
    " 'outcome', value ->> 'outcome', 'nrc', value -> 'nrc') ORDER BY key) FROM jsonb_each(u.ecus)),"
    " 'times', " TIMES("u.times") ", 'startedAt', " AT("u.started_at") ", 'expiresAt', " AT("u.expires_at") ","
    " 'finishedAt', " AT("u.finished_at") ", 'contradictedAt', " AT("u.contradicted_at") ","
    " 'updatedAt', " AT("u.updated_at") ")) || jsonb_build_object('vin', v.vin)";
constexpr auto kUpdateFrom =
    "vehicle_updates u LEFT JOIN vehicles v ON v.vehicle_id = u.vehicle_id"
    " LEFT JOIN packages p ON p.package_key = u.package_key";
constexpr std::array kUpdateOrder{
    OrderColumn{"u.campaign_id", "text"}, OrderColumn{"u.vehicle_id", "text"},
    OrderColumn{"u.attempt", "bigint"}, OrderColumn{"u.update_id", "text"}};
constexpr std::array kUpdateFilters{
    Filter{"campaign", "u.campaign_id = $$"}, Filter{"status", "u.status = $$"},
    Filter{"wave", "u.wave::text = $$"},
    Filter{"vehicle",
           "u.vehicle_id IN (SELECT $$ UNION SELECT vehicle_id FROM vehicles WHERE vin = $$)"},
    Filter{"latest",  // of a vehicle that was tried again, only the last
           "($$ = 'true') = NOT EXISTS (SELECT 1 FROM vehicle_updates l WHERE l.campaign_id = "
           "u.campaign_id"
           " AND l.vehicle_id = u.vehicle_id AND (l.attempt, l.update_id) > (u.attempt, "
           "u.update_id))"}};

constexpr auto kCommand =
    "json_strip_nulls(json_build_object('id', m.message_id, 'outcome', m.outcome, 'reason', "
    "m.reason,"
    " 'detail', m.detail, 'actor', m.actor, 'aggregate', m.aggregate, 'position', m.position,"
    " 'committedAt', " AT("m.committed_at") "))";
constexpr std::array kCommandOrder{OrderColumn{"m.committed_at", "timestamptz"},
                                   OrderColumn{"m.message_id", "text"}};
constexpr std::array kCommandFilters{Filter{"outcome", "m.outcome = $$"},
                                     Filter{"actor", "m.actor = $$"}};

constexpr Document kVehicles{
    "vehicles",    kVehicle, "vehicles v",   "(v.vehicle_id = $1 OR v.vin = $1)",
    kVehicleOrder, false,    kVehicleFilters};
constexpr Document kVehicleEcus{
    "ecus",
    kEcu,
    "ecus e",
    "(e.vehicle_id = split_part($1, '/', 1) OR e.vin = split_part($1, '/', 1))"
    " AND e.ecu_id = split_part($1, '/', 2)",
    kEcuOrder,
    false,
    kEcuFilters};
constexpr Document kTargets{"targets",    kTarget, "targets t",   "t.ecu_id = $1",
                            kTargetOrder, false,   kTargetFilters};
constexpr Document kFirmwares{"firmware",     kFirmware, "firmware f",    "f.release_id = $1",
                              kFirmwareOrder, false,     kFirmwareFilters};
constexpr Document kPackages{"packages",    kPackage, "packages p",   "p.package_key = $1",
                             kPackageOrder, false,    kPackageFilters};
constexpr Document kCampaigns{"campaigns",    kCampaign, "campaigns c",   "c.campaign_id = $1",
                              kCampaignOrder, true,      kCampaignFilters};
constexpr Document kWaves{
    "waves",
    kWave,
    "counted_waves w",
    "w.campaign_id = split_part($1, '/', 1) AND w.number::text = split_part($1, '/', 2)",
    kWaveOrder,
    false,
    kWaveFilters};
constexpr Document kUpdates{"updates",    kUpdate, kUpdateFrom,   "u.update_id = $1",
                            kUpdateOrder, false,   kUpdateFilters};
constexpr Document kCommands{"commands",    kCommand, "commands m",   "m.message_id = $1",
                             kCommandOrder, true,     kCommandFilters};

}  // namespace

const Document& document_of(ports::Resource resource) {
  switch (resource) {
    case ports::Resource::kVehicles:
      return kVehicles;
    case ports::Resource::kVehicleEcus:
      return kVehicleEcus;
    case ports::Resource::kFirmware:
      return kFirmwares;
    case ports::Resource::kPackages:
      return kPackages;
    case ports::Resource::kCampaigns:
      return kCampaigns;
    case ports::Resource::kWaves:
      return kWaves;
    case ports::Resource::kVehicleUpdates:
      return kUpdates;
    case ports::Resource::kCommands:
      return kCommands;
    case ports::Resource::kTargets:
      return kTargets;
  }
  MOTORCADE_ASSERT(false);
  std::abort();
}

}  // namespace motorcade::postgres
