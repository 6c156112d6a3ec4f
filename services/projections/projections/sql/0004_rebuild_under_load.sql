-- Under load the rebuilt models never stand level with the live ones on every partition at once. So before the
-- swap the live consumer is held at its next batch until the rebuilt ones have taken in what it has.

-- How many records the rebuilt models are behind the live ones; null while they have not begun everywhere.
CREATE FUNCTION rebuild_lag() RETURNS bigint
LANGUAGE plpgsql SET search_path = projections, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT coalesce(sum(greatest(live.next_offset - rebuilt.next_offset, 0)), 0)
    FROM projections.consumer_offsets AS live
    LEFT JOIN projections_rebuild.consumer_offsets AS rebuilt USING (topic, partition)
    HAVING count(*) = count(rebuilt.next_offset)
  );
END $$;

-- Until the transaction ends no batch that the live consumer has from the log gets past its first statement.
-- Readers go on, and so does what it pulls from feeds: the rebuild compares with them too.
CREATE FUNCTION hold_live_consumer() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = projections, pg_temp SET lock_timeout = '250ms'
AS $$
BEGIN
  LOCK TABLE projections.consumer_offsets IN EXCLUSIVE MODE;
END $$;

REVOKE ALL ON FUNCTION rebuild_lag, hold_live_consumer FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rebuild_lag, hold_live_consumer TO {worker};
