-- Firmware releases and the packages built from them.
CREATE TABLE firmware (
  release_id text PRIMARY KEY,
  ecu_type text NOT NULL,
  hardware text NOT NULL,                -- '': fits every ECU of the type
  version text NOT NULL,
  version_order bigint[] NOT NULL GENERATED ALWAYS AS (string_to_array(version, '.')::bigint[]) STORED,
  image text NOT NULL,
  size_bytes numeric(20) NOT NULL,
  file_name text NOT NULL,
  notes text NOT NULL,
  status text NOT NULL CHECK (status IN ('available', 'deprecated')),
  revision numeric(20) NOT NULL,
  uploaded_by text NOT NULL,
  uploaded_at timestamptz NOT NULL,
  deprecated_by text,
  deprecated_at timestamptz,
  deprecation_reason text
);
CREATE INDEX firmware_order ON firmware (ecu_type, version_order, release_id);

CREATE TABLE packages (
  package_key text PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('requested', 'built', 'failed')),
  digest text,
  size_bytes numeric(20),
  reason text,
  attempt bigint NOT NULL,
  content jsonb NOT NULL,
  requested_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX packages_digest ON packages (digest);
