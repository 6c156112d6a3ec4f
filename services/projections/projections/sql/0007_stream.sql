-- What changed, for those who follow along: one row per ticket and writing transaction, written in it. Ids given by a
-- sequence become visible out of order; transaction ids are read up to the oldest one still running, and no row can
-- turn up behind that.
CREATE TABLE ticket_changes (
  transaction   bigint      NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  ticket        uuid        NOT NULL,
  tenant        text        NOT NULL,
  changed_at    timestamptz NOT NULL DEFAULT now(),
  fields        text[]      NOT NULL,
  public_fields text[]      NOT NULL,  -- of which the customer sees; none: not a word of it
  PRIMARY KEY (transaction, ticket)
);
CREATE INDEX ticket_changes_of_tenant ON ticket_changes (tenant, transaction, ticket);
CREATE INDEX ticket_changes_age       ON ticket_changes (changed_at);
ALTER TABLE ticket_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON ticket_changes FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_all ON ticket_changes FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT ON ticket_changes TO {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_changes TO {worker};

-- Changes of transactions before this one are no longer all there.
CREATE TABLE stream_floor (
  single      boolean PRIMARY KEY DEFAULT true CHECK (single),
  transaction bigint  NOT NULL
);
GRANT SELECT ON stream_floor TO {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON stream_floor TO {worker};

-- As before, and then whoever follows the stream begins anew: the rebuilt models may be ahead of the live ones, and
-- nobody wrote down what changed in between.
CREATE OR REPLACE FUNCTION finish_rebuild() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = projections, pg_temp SET lock_timeout = '250ms'
AS $$
DECLARE
  name text;
BEGIN
  LOCK TABLE projections.consumer_offsets IN ACCESS EXCLUSIVE MODE;
  FOREACH name IN ARRAY rebuilt_tables() LOOP
    EXECUTE format('LOCK TABLE projections.%I, projections_rebuild.%I IN ACCESS EXCLUSIVE MODE', name, name);
  END LOOP;
  IF EXISTS (
    SELECT FROM projections.consumer_offsets AS live
    LEFT JOIN projections_rebuild.consumer_offsets AS rebuilt USING (topic, partition)
    WHERE rebuilt.next_offset IS NULL OR rebuilt.next_offset < live.next_offset
  ) THEN
    RETURN false;
  END IF;
  -- Undecodable bytes are in no owner's feed: what the live consumer set aside is all that is left of them.
  -- Parked events are, and the rebuild has parked anew those that it too could not handle.
  INSERT INTO projections_rebuild.quarantine SELECT * FROM projections.quarantine
    ON CONFLICT (topic, partition, "offset") DO UPDATE SET quarantined_at = EXCLUDED.quarantined_at;
  FOREACH name IN ARRAY rebuilt_tables() LOOP
    EXECUTE format('DROP TABLE projections.%I', name);
    EXECUTE format('ALTER TABLE projections_rebuild.%I SET SCHEMA projections', name);
  END LOOP;
  DROP SCHEMA projections_rebuild;
  INSERT INTO projections.stream_floor (transaction) VALUES (pg_current_xact_id()::text::bigint + 1);
  RETURN true;
END $$;
