-- Campaigns, their waves with the gates' evidence, and what the shards last counted.
CREATE TABLE campaigns (
  campaign_id text PRIMARY KEY,
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('draft', 'proposed', 'approved', 'surveying', 'running', 'held', 'paused',
                                         'completed', 'aborted', 'cancelled')),
  author text NOT NULL,
  approver text,
  definition jsonb NOT NULL,
  content jsonb NOT NULL,
  content_hash text NOT NULL,
  generation numeric(20) NOT NULL DEFAULT 0,
  reason text,
  contradicted numeric(20) NOT NULL DEFAULT 0,  -- verified vehicles that reported other versions after completion
  times jsonb NOT NULL,                    -- when it last entered each status
  position text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX campaigns_newest ON campaigns (created_at, campaign_id);

CREATE TABLE waves (
  campaign_id text NOT NULL,
  number bigint NOT NULL,
  size numeric(20) NOT NULL,
  last_rank numeric(20) NOT NULL,
  last_vehicle text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'open', 'soaking', 'passed', 'held', 'skipped')),
  attempt bigint NOT NULL DEFAULT 0,
  reason text,
  evidence jsonb,
  opened_at timestamptz,
  soaking_until timestamptz,
  decided_at timestamptz,
  PRIMARY KEY (campaign_id, number)
);

CREATE TABLE tallies (
  campaign_id text NOT NULL,
  shard text NOT NULL,
  sequence bigint NOT NULL,
  offered numeric(20) NOT NULL,
  contradicted numeric(20) NOT NULL,
  waves jsonb NOT NULL,
  PRIMARY KEY (campaign_id, shard)
);

-- A wave with its counts, summed over the shards.
CREATE VIEW counted_waves AS
SELECT w.*, t.counts
FROM waves w
LEFT JOIN LATERAL (
  SELECT json_build_object(
           'inProgress', coalesce(sum((c ->> 'inProgress')::numeric), 0),
           'verified', coalesce(sum((c ->> 'verified')::numeric), 0),
           'failed', coalesce(sum((c ->> 'failed')::numeric), 0),
           'rolledBack', coalesce(sum((c ->> 'rolledBack')::numeric), 0),
           'declined', coalesce(sum((c ->> 'declined')::numeric), 0),
           'timedOut', coalesce(sum((c ->> 'timedOut')::numeric), 0),
           'cancelled', coalesce(sum((c ->> 'cancelled')::numeric), 0)) AS counts
  FROM tallies s CROSS JOIN LATERAL (SELECT s.waves -> (w.number - 1)::integer AS c) AS of_wave
  WHERE s.campaign_id = w.campaign_id) AS t ON true;
