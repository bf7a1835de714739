CREATE SCHEMA motorcade;
CREATE TABLE motorcade.campaigns (
    campaign_id text NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    author text NOT NULL,
    approver text,
    definition jsonb NOT NULL,
    content jsonb NOT NULL,
    content_hash text NOT NULL,
    generation numeric(20,0) DEFAULT 0 NOT NULL,
    reason text,
    contradicted numeric(20,0) DEFAULT 0 NOT NULL,
    times jsonb NOT NULL,
    "position" text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT campaigns_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'proposed'::text, 'approved'::text, 'surveying'::text, 'running'::text, 'held'::text, 'paused'::text, 'completed'::text, 'aborted'::text, 'cancelled'::text])))
);
CREATE TABLE motorcade.checkpoints (
    stream text NOT NULL,
    partition integer NOT NULL,
    next_sequence bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE motorcade.commands (
    message_id text NOT NULL,
    outcome text NOT NULL,
    reason text,
    detail text,
    actor text NOT NULL,
    aggregate text,
    "position" text NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    CONSTRAINT commands_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'refused'::text, 'already_satisfied'::text])))
);
CREATE TABLE motorcade.configuration_ecus (
    configuration text NOT NULL,
    ecu_id text NOT NULL,
    ecu_type text NOT NULL,
    hardware text NOT NULL,
    gateway text NOT NULL,
    zone_model text NOT NULL,
    version text NOT NULL,
    version_order bigint[] GENERATED ALWAYS AS ((string_to_array(version, '.'::text))::bigint[]) STORED NOT NULL
);
CREATE TABLE motorcade.tallies (
    campaign_id text NOT NULL,
    shard text NOT NULL,
    sequence bigint NOT NULL,
    offered numeric(20,0) NOT NULL,
    contradicted numeric(20,0) NOT NULL,
    waves jsonb NOT NULL
);
CREATE TABLE motorcade.waves (
    campaign_id text NOT NULL,
    number bigint NOT NULL,
    size numeric(20,0) NOT NULL,
    last_rank numeric(20,0) NOT NULL,
    last_vehicle text NOT NULL,
    state text NOT NULL,
    attempt bigint DEFAULT 0 NOT NULL,
    reason text,
    evidence jsonb,
    opened_at timestamp with time zone,
    soaking_until timestamp with time zone,
    decided_at timestamp with time zone,
    CONSTRAINT waves_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'open'::text, 'soaking'::text, 'passed'::text, 'held'::text, 'skipped'::text])))
);
CREATE VIEW motorcade.counted_waves AS
 SELECT w.campaign_id,
    w.number,
    w.size,
    w.last_rank,
    w.last_vehicle,
    w.state,
    w.attempt,
    w.reason,
    w.evidence,
    w.opened_at,
    w.soaking_until,
    w.decided_at,
    t.counts
   FROM (motorcade.waves w
     LEFT JOIN LATERAL ( SELECT json_build_object('inProgress', COALESCE(sum(((of_wave.c ->> 'inProgress'::text))::numeric), (0)::numeric), 'verified', COALESCE(sum(((of_wave.c ->> 'verified'::text))::numeric), (0)::numeric), 'failed', COALESCE(sum(((of_wave.c ->> 'failed'::text))::numeric), (0)::numeric), 'rolledBack', COALESCE(sum(((of_wave.c ->> 'rolledBack'::text))::numeric), (0)::numeric), 'declined', COALESCE(sum(((of_wave.c ->> 'declined'::text))::numeric), (0)::numeric), 'timedOut', COALESCE(sum(((of_wave.c ->> 'timedOut'::text))::numeric), (0)::numeric), 'cancelled', COALESCE(sum(((of_wave.c ->> 'cancelled'::text))::numeric), (0)::numeric)) AS counts
           FROM (motorcade.tallies s
             CROSS JOIN LATERAL ( SELECT (s.waves -> ((w.number - 1))::integer) AS c) of_wave)
          WHERE (s.campaign_id = w.campaign_id)) t ON (true));
CREATE TABLE motorcade.targets (
    ecu_id text NOT NULL,
    ecu_type text NOT NULL,
    version text NOT NULL,
    version_order bigint[] GENERATED ALWAYS AS ((string_to_array(version, '.'::text))::bigint[]) STORED NOT NULL,
    approved_by text NOT NULL,
    approved_at timestamp with time zone NOT NULL
);
CREATE TABLE motorcade.vehicles (
    vehicle_id text NOT NULL,
    vin text,
    model text DEFAULT ''::text NOT NULL,
    year bigint DEFAULT 0 NOT NULL,
    vmg_id text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'registered'::text NOT NULL,
    current_update text,
    configuration text,
    boot_count numeric(20,0) DEFAULT 0 NOT NULL,
    readiness jsonb,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT vehicles_status_check CHECK ((status = ANY (ARRAY['registered'::text, 'active'::text, 'updating'::text, 'failed'::text])))
);
CREATE VIEW motorcade.ecus AS
 SELECT v.vehicle_id,
    v.vin,
    c.ecu_id,
    c.ecu_type,
    c.hardware,
    c.gateway,
    c.zone_model,
    c.version AS current_version,
    c.version_order AS current_order,
    t.version AS target_version,
    t.version_order AS target_order,
    COALESCE((c.version_order < t.version_order), false) AS outdated
   FROM ((motorcade.vehicles v
     JOIN motorcade.configuration_ecus c ON ((c.configuration = v.configuration)))
     LEFT JOIN motorcade.targets t ON (((t.ecu_id = c.ecu_id) AND (t.ecu_type = c.ecu_type))));
CREATE TABLE motorcade.firmware (
    release_id text NOT NULL,
    ecu_type text NOT NULL,
    hardware text NOT NULL,
    version text NOT NULL,
    version_order bigint[] GENERATED ALWAYS AS ((string_to_array(version, '.'::text))::bigint[]) STORED NOT NULL,
    image text NOT NULL,
    size_bytes numeric(20,0) NOT NULL,
    file_name text NOT NULL,
    notes text NOT NULL,
    status text NOT NULL,
    revision numeric(20,0) NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamp with time zone NOT NULL,
    deprecated_by text,
    deprecated_at timestamp with time zone,
    deprecation_reason text,
    CONSTRAINT firmware_status_check CHECK ((status = ANY (ARRAY['available'::text, 'deprecated'::text])))
);
CREATE TABLE motorcade.packages (
    package_key text NOT NULL,
    status text NOT NULL,
    digest text,
    size_bytes numeric(20,0),
    reason text,
    attempt bigint NOT NULL,
    content jsonb NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT packages_status_check CHECK ((status = ANY (ARRAY['requested'::text, 'built'::text, 'failed'::text])))
);
CREATE TABLE motorcade.projected_log (
    incarnation text NOT NULL,
    one boolean DEFAULT true NOT NULL,
    CONSTRAINT projected_log_one_check CHECK (one)
);
CREATE TABLE motorcade.schema_migrations (
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE motorcade.vehicle_updates (
    update_id text NOT NULL,
    campaign_id text NOT NULL,
    vehicle_id text NOT NULL,
    wave bigint,
    attempt bigint NOT NULL,
    package_key text,
    status text NOT NULL,
    rank integer NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    progress_percent integer NOT NULL,
    bytes_done numeric(20,0) DEFAULT 0 NOT NULL,
    bytes_total numeric(20,0) DEFAULT 0 NOT NULL,
    reason text,
    ecus jsonb DEFAULT '{}'::jsonb NOT NULL,
    times jsonb NOT NULL,
    started_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    finished_at timestamp with time zone,
    contradicted_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT vehicle_updates_status_check CHECK ((status = ANY (ARRAY['offered'::text, 'accepted'::text, 'downloading'::text, 'downloaded'::text, 'package_verified'::text, 'installing'::text, 'activating'::text, 'installed'::text, 'verified'::text, 'failed'::text, 'rolled_back'::text, 'declined'::text, 'timed_out'::text, 'superseded'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY motorcade.campaigns
    ADD CONSTRAINT campaigns_pkey PRIMARY KEY (campaign_id);
ALTER TABLE ONLY motorcade.checkpoints
    ADD CONSTRAINT checkpoints_pkey PRIMARY KEY (stream, partition);
ALTER TABLE ONLY motorcade.commands
    ADD CONSTRAINT commands_pkey PRIMARY KEY (message_id);
ALTER TABLE ONLY motorcade.configuration_ecus
    ADD CONSTRAINT configuration_ecus_pkey PRIMARY KEY (configuration, ecu_id);
ALTER TABLE ONLY motorcade.firmware
    ADD CONSTRAINT firmware_pkey PRIMARY KEY (release_id);
ALTER TABLE ONLY motorcade.packages
    ADD CONSTRAINT packages_pkey PRIMARY KEY (package_key);
ALTER TABLE ONLY motorcade.projected_log
    ADD CONSTRAINT projected_log_one_key UNIQUE (one);
ALTER TABLE ONLY motorcade.projected_log
    ADD CONSTRAINT projected_log_pkey PRIMARY KEY (incarnation);
ALTER TABLE ONLY motorcade.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);
ALTER TABLE ONLY motorcade.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (campaign_id, shard);
ALTER TABLE ONLY motorcade.targets
    ADD CONSTRAINT targets_pkey PRIMARY KEY (ecu_id, ecu_type);
ALTER TABLE ONLY motorcade.vehicle_updates
    ADD CONSTRAINT vehicle_updates_pkey PRIMARY KEY (update_id);
ALTER TABLE ONLY motorcade.vehicles
    ADD CONSTRAINT vehicles_pkey PRIMARY KEY (vehicle_id);
ALTER TABLE ONLY motorcade.waves
    ADD CONSTRAINT waves_pkey PRIMARY KEY (campaign_id, number);
CREATE INDEX campaigns_newest ON motorcade.campaigns USING btree (created_at, campaign_id);
CREATE INDEX commands_newest ON motorcade.commands USING btree (committed_at, message_id);
CREATE INDEX firmware_order ON motorcade.firmware USING btree (ecu_type, version_order, release_id);
CREATE INDEX packages_digest ON motorcade.packages USING btree (digest);
CREATE INDEX vehicle_updates_campaign ON motorcade.vehicle_updates USING btree (campaign_id, vehicle_id, attempt, update_id);
CREATE INDEX vehicle_updates_vehicle ON motorcade.vehicle_updates USING btree (vehicle_id);
CREATE INDEX vehicles_configuration ON motorcade.vehicles USING btree (configuration);
CREATE INDEX vehicles_vin ON motorcade.vehicles USING btree (vin);
