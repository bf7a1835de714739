-- Vehicles, their configurations (interned: equal vehicles share one) and the versions that are approved for ECUs.
-- Ids are lower-case hex. Unsigned 64-bit values are numeric(20): a vehicle may report any of them.
CREATE TABLE checkpoints (
  stream text NOT NULL,
  partition integer NOT NULL,
  next_sequence bigint NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (stream, partition)
);

-- The log that these rows are folded from: at most one row.
CREATE TABLE projected_log (
  incarnation text PRIMARY KEY,
  one boolean NOT NULL DEFAULT true UNIQUE CHECK (one)
);

CREATE TABLE vehicles (
  vehicle_id text PRIMARY KEY,
  vin text,                              -- null: erased
  model text NOT NULL DEFAULT '',
  year bigint NOT NULL DEFAULT 0,
  vmg_id text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'registered'
    CHECK (status IN ('registered', 'active', 'updating', 'failed')),
  current_update text,
  configuration text,
  boot_count numeric(20) NOT NULL DEFAULT 0,
  readiness jsonb,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX vehicles_vin ON vehicles (vin);
CREATE INDEX vehicles_configuration ON vehicles (configuration);

CREATE TABLE configuration_ecus (
  configuration text NOT NULL,
  ecu_id text NOT NULL,
  ecu_type text NOT NULL,
  hardware text NOT NULL,
  gateway text NOT NULL,
  zone_model text NOT NULL,
  version text NOT NULL,
  version_order bigint[] NOT NULL GENERATED ALWAYS AS (string_to_array(version, '.')::bigint[]) STORED,
  PRIMARY KEY (configuration, ecu_id)
);

CREATE TABLE targets (
  ecu_id text NOT NULL,
  ecu_type text NOT NULL,
  version text NOT NULL,
  version_order bigint[] NOT NULL GENERATED ALWAYS AS (string_to_array(version, '.')::bigint[]) STORED,
  approved_by text NOT NULL,
  approved_at timestamptz NOT NULL,
  PRIMARY KEY (ecu_id, ecu_type)
);

-- An ECU id is unique within its vehicle.
CREATE VIEW ecus AS
SELECT v.vehicle_id, v.vin, c.ecu_id, c.ecu_type, c.hardware, c.gateway, c.zone_model,
       c.version AS current_version, c.version_order AS current_order,
       t.version AS target_version, t.version_order AS target_order,
       coalesce(c.version_order < t.version_order, false) AS outdated
FROM vehicles v
JOIN configuration_ecus c ON c.configuration = v.configuration
LEFT JOIN targets t ON t.ecu_id = c.ecu_id AND t.ecu_type = c.ecu_type;
