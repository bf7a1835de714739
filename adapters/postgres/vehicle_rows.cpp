#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/values.hpp"

namespace motorcade::postgres {

namespace json = boost::json;
using namespace projections;

const Upsert& upsert(const AddVehicle&) {
  static constexpr Upsert kUpsert{"add_vehicle", R"(
INSERT INTO vehicles AS v (vehicle_id, vin, model, year, vmg_id, first_seen_at, last_seen_at, updated_at)
SELECT r.vehicle_id, r.vin, r.model, r.year, r.vmg_id, r.at, r.at, r.at
FROM json_to_recordset($1::json)
  AS r (vehicle_id text, vin text, model text, year bigint, vmg_id text, at timestamptz)
ON CONFLICT (vehicle_id) DO UPDATE SET vin = excluded.vin, model = excluded.model, year = excluded.year,
  vmg_id = excluded.vmg_id, last_seen_at = excluded.last_seen_at, updated_at = excluded.updated_at)"};
  return kUpsert;
}
void rows(const AddVehicle& c, json::array& out) {
  out.push_back(json::object{{"vehicle_id", to_hex(c.vehicle)},
                             {"vin", c.vin ? json::value(short_text(*c.vin)) : json::value()},
                             {"model", clean(c.model)},
                             {"year", c.year},
                             {"vmg_id", clean(c.vmg_id)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const AddConfiguration&) {
  static constexpr Upsert kUpsert{"add_configuration", R"(
INSERT INTO configuration_ecus (configuration, ecu_id, ecu_type, hardware, gateway, zone_model, version)
SELECT r.* FROM json_to_recordset($1::json)
  AS r (configuration text, ecu_id text, ecu_type text, hardware text, gateway text, zone_model text, version text)
ON CONFLICT DO NOTHING)"};
  return kUpsert;
}
void rows(const AddConfiguration& c, json::array& out) {
  for (const Zone& zone : c.configuration.zones) {
    for (const Ecu& ecu : zone.ecus) {
      out.push_back(json::object{{"configuration", to_hex(c.digest)},
                                 {"ecu_id", short_text(ecu.id)},
                                 {"ecu_type", short_text(ecu.type)},
                                 {"hardware", clean(ecu.hardware)},
                                 {"gateway", clean(zone.gateway)},
                                 {"zone_model", clean(zone.model)},
                                 {"version", to_string(ecu.version)}});
    }
  }
}

const Upsert& upsert(const SetConfiguration&) {
  static constexpr Upsert kUpsert{"set_configuration", R"(
UPDATE vehicles v SET configuration = r.configuration, boot_count = r.boot_count,
  status = CASE v.status WHEN 'registered' THEN 'active' ELSE v.status END,
  last_seen_at = r.at, updated_at = r.at
FROM json_to_recordset($1::json)
  AS r (vehicle_id text, configuration text, boot_count numeric, at timestamptz)
WHERE v.vehicle_id = r.vehicle_id)"};
  return kUpsert;
}
void rows(const SetConfiguration& c, json::array& out) {
  out.push_back(json::object{{"vehicle_id", to_hex(c.vehicle)},
                             {"configuration", to_hex(c.configuration)},
                             {"boot_count", c.boot_count},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const SetReadiness&) {
  static constexpr Upsert kUpsert{"set_readiness", R"(
UPDATE vehicles v SET readiness = r.readiness, last_seen_at = r.at, updated_at = r.at
FROM json_to_recordset($1::json) AS r (vehicle_id text, readiness jsonb, at timestamptz)
WHERE v.vehicle_id = r.vehicle_id)"};
  return kUpsert;
}
void rows(const SetReadiness& c, json::array& out) {
  out.push_back(json::object{{"vehicle_id", to_hex(c.vehicle)},
                             {"readiness", to_json(c.readiness)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const SeeVehicle&) {
  static constexpr Upsert kUpsert{"see_vehicle", R"(
UPDATE vehicles v SET last_seen_at = r.at
FROM json_to_recordset($1::json) AS r (vehicle_id text, at timestamptz)
WHERE v.vehicle_id = r.vehicle_id)"};
  return kUpsert;
}
void rows(const SeeVehicle& c, json::array& out) {
  out.push_back(json::object{{"vehicle_id", to_hex(c.vehicle)}, {"at", timestamp(c.at)}});
}

const Upsert& upsert(const BeginVehicleUpdate&) {
  static constexpr Upsert kUpsert{"begin_vehicle_update", R"(
UPDATE vehicles v SET status = 'updating', current_update = r.update_id, updated_at = r.at
FROM json_to_recordset($1::json) AS r (vehicle_id text, update_id text, at timestamptz)
WHERE v.vehicle_id = r.vehicle_id)"};
  return kUpsert;
}
void rows(const BeginVehicleUpdate& c, json::array& out) {
  out.push_back(json::object{
      {"vehicle_id", to_hex(c.vehicle)}, {"update_id", c.update}, {"at", timestamp(c.at)}});
}

const Upsert& upsert(const EndVehicleUpdate&) {
  static constexpr Upsert kUpsert{"end_vehicle_update", R"(
UPDATE vehicles v SET status = CASE WHEN r.failed THEN 'failed' ELSE 'active' END,
  current_update = NULL, updated_at = r.at
FROM json_to_recordset($1::json) AS r (vehicle_id text, update_id text, failed boolean, at timestamptz)
WHERE v.vehicle_id = r.vehicle_id AND v.current_update = r.update_id)"};
  return kUpsert;
}
void rows(const EndVehicleUpdate& c, json::array& out) {
  out.push_back(json::object{{"vehicle_id", to_hex(c.vehicle)},
                             {"update_id", c.update},
                             {"failed", c.failed},
                             {"at", timestamp(c.at)}});
}

}  // namespace motorcade::postgres
