-- A rebuild fills a second set of tables beside the live ones, the consumer's own (offsets, heads, parked)
-- included, and then takes their place in one transaction. The worker role may not create or drop tables, so
-- these functions do that one thing for it.

CREATE FUNCTION begin_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = projections, pg_temp
AS $$
DECLARE
  name text;
  rule record;
BEGIN
  DROP SCHEMA IF EXISTS projections_rebuild CASCADE;
  CREATE SCHEMA projections_rebuild;
  GRANT USAGE ON SCHEMA projections_rebuild TO {reader}, {worker};
  FOREACH name IN ARRAY rebuilt_tables() LOOP
    EXECUTE format('CREATE TABLE projections_rebuild.%I (LIKE projections.%I INCLUDING ALL)', name, name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON projections_rebuild.%I TO {worker}', name);
    IF has_table_privilege('{reader}', format('projections.%I', name), 'SELECT') THEN
      EXECUTE format('GRANT SELECT ON projections_rebuild.%I TO {reader}', name);
    END IF;
    IF (SELECT relrowsecurity FROM pg_class WHERE oid = format('projections.%I', name)::regclass) THEN
      EXECUTE format('ALTER TABLE projections_rebuild.%I ENABLE ROW LEVEL SECURITY', name);
      EXECUTE format('ALTER TABLE projections_rebuild.%I FORCE ROW LEVEL SECURITY', name);
    END IF;
    FOR rule IN SELECT * FROM pg_policies WHERE schemaname = 'projections' AND tablename = name LOOP
      EXECUTE format('CREATE POLICY %I ON projections_rebuild.%I FOR %s TO %s', rule.policyname, name, rule.cmd,
          array_to_string(ARRAY(SELECT quote_ident(r) FROM unnest(rule.roles) AS r), ', '))
        || coalesce(' USING (' || rule.qual || ')', '')
        || coalesce(' WITH CHECK (' || rule.with_check || ')', '');
    END LOOP;
  END LOOP;
END $$;

-- Takes the live tables' place, unless the rebuilt ones lag behind them on some partition: then nothing is
-- done and the answer is false. A batch of the live consumer that is under way holds its tables until it has
-- committed; the next one finds its offset moved and reads again from the new one. Offsets are what a batch
-- takes first. Who cannot have all tables within the lock timeout gives up, and lets readers and batches pass.
CREATE FUNCTION finish_rebuild() RETURNS boolean
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
  RETURN true;
END $$;

-- Everything that follows from the others' events; in an order that both functions keep.
CREATE FUNCTION rebuilt_tables() RETURNS text[]
LANGUAGE sql STABLE SET search_path = projections, pg_temp
AS $$
  SELECT array_agg(tablename::text ORDER BY tablename) FROM pg_tables
  WHERE schemaname = 'projections' AND tablename NOT IN
    ('migrations', 'events', 'personal', 'outbox', 'relay_lease', 'idempotency', 'states')
$$;

REVOKE ALL ON FUNCTION begin_rebuild, finish_rebuild, rebuilt_tables FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_rebuild, finish_rebuild TO {worker};
