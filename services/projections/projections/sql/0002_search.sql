-- Full-text search runs as the owner: under a row-level policy PostgreSQL may not push the text condition into
-- the index (it is not leak-proof) and would read every row. The function takes the policy's place: it shows
-- only what the caller's tenant may see.
CREATE POLICY owner_searches ON tickets FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION search_tickets(phrase text) RETURNS SETOF uuid
LANGUAGE sql STABLE ROWS 50 SECURITY DEFINER SET search_path = projections, pg_temp
AS $$
  SELECT id FROM tickets
  WHERE current_setting('app.tenant', true) IN (tenant, '*')
    AND search @@ to_tsquery('simple',
      regexp_replace(
        nullif(btrim(regexp_replace(phrase, '[^[:alnum:]]+', ' ', 'g')), ''), ' ', ':* & ', 'g') || ':*')
$$;
REVOKE ALL ON FUNCTION search_tickets FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_tickets TO {reader}, {worker};
