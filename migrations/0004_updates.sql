-- One row per offer to a vehicle; its id is the offer's command id. A member that was settled without an offer has
-- the campaign's id and the vehicle's, joined.
CREATE TABLE vehicle_updates (
  update_id text PRIMARY KEY,
  campaign_id text NOT NULL,
  vehicle_id text NOT NULL,
  wave bigint,
  attempt bigint NOT NULL,
  package_key text,
  status text NOT NULL CHECK (status IN ('offered', 'accepted', 'downloading', 'downloaded', 'package_verified',
                                         'installing', 'activating', 'installed', 'verified', 'failed', 'rolled_back',
                                         'declined', 'timed_out', 'superseded', 'cancelled')),
  rank integer NOT NULL,                 -- of the status: an update only moves forward, and never after its end (100)
  paused boolean NOT NULL DEFAULT false,
  progress_percent integer NOT NULL,
  bytes_done numeric(20) NOT NULL DEFAULT 0,
  bytes_total numeric(20) NOT NULL DEFAULT 0,
  reason text,
  ecus jsonb NOT NULL DEFAULT '{}',      -- newest result by ECU id
  times jsonb NOT NULL,                  -- when each step was first reported
  started_at timestamptz NOT NULL,
  expires_at timestamptz,
  finished_at timestamptz,
  contradicted_at timestamptz,
  updated_at timestamptz NOT NULL
);
CREATE INDEX vehicle_updates_campaign ON vehicle_updates (campaign_id, vehicle_id, attempt, update_id);
CREATE INDEX vehicle_updates_vehicle ON vehicle_updates (vehicle_id);

-- Outcomes of requests (operators, HTTP), kept for some days.
CREATE TABLE commands (
  message_id text PRIMARY KEY,
  outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused', 'already_satisfied')),
  reason text,
  detail text,
  actor text NOT NULL,
  aggregate text,                        -- what it changed first: campaign/{hex id} …
  position text NOT NULL,
  committed_at timestamptz NOT NULL
);
CREATE INDEX commands_newest ON commands (committed_at, message_id);
