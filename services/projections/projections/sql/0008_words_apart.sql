-- What is searched stands in a table of its own. Every update of a ticket is a new version of its row, and goes into each
-- of its indexes: two of them held all its words, and a deadline that was met wrote them anew. Now words are written
-- when somebody writes.
CREATE TABLE ticket_words (
  ticket            uuid     PRIMARY KEY,
  tenant            text     NOT NULL,
  named             tsvector,  -- number, external_ref, subject, description
  said              tsvector,  -- in public
  said_internally   tsvector,  -- within support
  search            tsvector GENERATED ALWAYS AS (coalesce(named, '') || coalesce(said, '')) STORED,
  search_by_support tsvector GENERATED ALWAYS AS
                      (coalesce(named, '') || coalesce(said, '') || coalesce(said_internally, '')) STORED
);
CREATE INDEX ticket_words_search            ON ticket_words USING gin (search);
CREATE INDEX ticket_words_search_by_support ON ticket_words USING gin (search_by_support);

ALTER TABLE tickets NO FORCE ROW LEVEL SECURITY;
INSERT INTO ticket_words (ticket, tenant, named, said, said_internally)
SELECT id, tenant,
  search_words(coalesce(number, '') || ' ' || coalesce(external_ref, '') || ' ' || coalesce(subject, ''))
    || search_words(coalesce(description, '')),
  said, said_internally
FROM tickets WHERE registered_at IS NOT NULL;
ALTER TABLE tickets FORCE ROW LEVEL SECURITY;

ALTER TABLE ticket_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_words FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON ticket_words FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_all ON ticket_words FOR ALL TO {worker} USING (true) WITH CHECK (true);
CREATE POLICY owner_searches ON ticket_words FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT ON ticket_words TO {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_words TO {worker};

CREATE OR REPLACE FUNCTION search_tickets(phrase text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = projections, pg_temp
AS $$
DECLARE
  caller text := current_setting('app.tenant', true);
  wanted tsquery := search_query(phrase);
BEGIN
  IF caller = '*' THEN
    RETURN QUERY SELECT w.ticket FROM ticket_words AS w WHERE w.search_by_support @@ wanted;
  ELSE
    RETURN QUERY SELECT w.ticket FROM ticket_words AS w WHERE w.search @@ wanted AND w.tenant = caller;
  END IF;
END $$;

DROP INDEX tickets_search;
DROP INDEX tickets_search_by_support;
ALTER TABLE tickets DROP search, DROP search_by_support, DROP said, DROP said_internally;
