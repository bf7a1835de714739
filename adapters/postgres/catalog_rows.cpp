#include "adapters/postgres/rows.hpp"
#include "adapters/postgres/values.hpp"

namespace motorcade::postgres {

namespace json = boost::json;
using namespace projections;

const Upsert& upsert(const AddRelease&) {
  static constexpr Upsert kUpsert{"add_release", R"(
INSERT INTO firmware (release_id, ecu_type, hardware, version, image, size_bytes, file_name, notes, status, revision,
                      uploaded_by, uploaded_at)
SELECT r.release_id, r.ecu_type, r.hardware, r.version, r.image, r.size_bytes, r.file_name, r.notes, 'available',
       r.revision, r.uploaded_by, r.at
FROM json_to_recordset($1::json)
  AS r (release_id text, ecu_type text, hardware text, version text, image text, size_bytes numeric, file_name text,
        notes text, revision numeric, uploaded_by text, at timestamptz)
ON CONFLICT DO NOTHING)"};
  return kUpsert;
}
void rows(const AddRelease& c, json::array& out) {
  const ReleaseTarget& release = c.release.release;
  out.push_back(json::object{{"release_id", to_hex(release.release)},
                             {"ecu_type", short_text(release.ecu_type)},
                             {"hardware", clean(release.hardware)},
                             {"version", to_string(release.version)},
                             {"image", to_hex(release.image)},
                             {"size_bytes", release.image_size_bytes},
                             {"file_name", clean(c.release.file_name)},
                             {"notes", clean(c.release.notes)},
                             {"revision", c.release.revision},
                             {"uploaded_by", clean(c.release.by)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const DeprecateRelease&) {
  static constexpr Upsert kUpsert{"deprecate_release", R"(
UPDATE firmware f SET status = 'deprecated', revision = r.revision, deprecated_by = r.by, deprecated_at = r.at,
  deprecation_reason = r.reason
FROM json_to_recordset($1::json)
  AS r (release_id text, revision numeric, by text, reason text, at timestamptz)
WHERE f.release_id = r.release_id)"};
  return kUpsert;
}
void rows(const DeprecateRelease& c, json::array& out) {
  out.push_back(json::object{{"release_id", to_hex(c.deprecation.release)},
                             {"revision", c.deprecation.revision},
                             {"by", clean(c.deprecation.by)},
                             {"reason", clean(c.deprecation.reason)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const SetTarget&) {
  static constexpr Upsert kUpsert{"set_target", R"(
INSERT INTO targets (ecu_id, ecu_type, version, approved_by, approved_at)
SELECT r.* FROM json_to_recordset($1::json)
  AS r (ecu_id text, ecu_type text, version text, approved_by text, approved_at timestamptz)
ON CONFLICT (ecu_id, ecu_type) DO UPDATE SET version = excluded.version, approved_by = excluded.approved_by,
  approved_at = excluded.approved_at)"};
  return kUpsert;
}
void rows(const SetTarget& c, json::array& out) {
  out.push_back(json::object{{"ecu_id", short_text(c.target.ecu)},
                             {"ecu_type", short_text(c.target.ecu_type)},
                             {"version", to_string(c.target.version)},
                             {"approved_by", clean(c.target.by)},
                             {"approved_at", timestamp(c.at)}});
}

const Upsert& upsert(const RequestPackage&) {
  static constexpr Upsert kUpsert{"request_package", R"(
INSERT INTO packages (package_key, status, attempt, content, requested_at)
SELECT r.package_key, 'requested', r.attempt, r.content, r.at
FROM json_to_recordset($1::json) AS r (package_key text, attempt bigint, content jsonb, at timestamptz)
ON CONFLICT (package_key) DO UPDATE SET status = 'requested', attempt = excluded.attempt, content = excluded.content,
  reason = NULL, digest = NULL, size_bytes = NULL, finished_at = NULL)"};
  return kUpsert;
}
void rows(const RequestPackage& c, json::array& out) {
  out.push_back(json::object{{"package_key", to_hex(c.key)},
                             {"attempt", c.attempt},
                             {"content", to_json(c.content)},
                             {"at", timestamp(c.at)}});
}

const Upsert& upsert(const EndPackage&) {
  static constexpr Upsert kUpsert{"end_package", R"(
UPDATE packages p SET status = CASE WHEN r.digest IS NULL THEN 'failed' ELSE 'built' END, digest = r.digest,
  size_bytes = r.size_bytes, reason = r.reason, finished_at = r.at
FROM json_to_recordset($1::json)
  AS r (package_key text, digest text, size_bytes numeric, reason text, at timestamptz)
WHERE p.package_key = r.package_key)"};
  return kUpsert;
}
void rows(const EndPackage& c, json::array& out) {
  json::object row{
      {"package_key", to_hex(c.key)}, {"reason", optional_text(c.reason)}, {"at", timestamp(c.at)}};
  if (c.artifact) {
    row["digest"] = to_hex(c.artifact->digest);
    row["size_bytes"] = c.artifact->size_bytes;
  }
  out.push_back(std::move(row));
}

}  // namespace motorcade::postgres
