-- Search over everything a caller may read of a ticket, in Swedish and English at once: each word counts as it
-- stands (so that its beginning finds it), by its Swedish stem and by its English one. Nobody says in which of the two
-- a ticket is written, and many are written in both.

-- At most 50,000 characters of each text: a tsvector holds a megabyte, and an event must not fail for it.
-- Punctuation becomes blanks, here as in the query: PostgreSQL's parser would read 2026-000123 as a negative
-- number, and an address as one word.
CREATE FUNCTION search_words(given text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT to_tsvector('pg_catalog.simple', words) || to_tsvector('pg_catalog.swedish', words)
    || to_tsvector('pg_catalog.english', words)
  FROM (SELECT regexp_replace(left(given, 50000), '[^[:alnum:]]+', ' ', 'g') AS words) AS plain
$$;

-- Every word must be found; null when there is none.
CREATE FUNCTION search_query(phrase text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT string_agg('(' || nullif(wanted::text, '') || ')', ' & ')::tsquery
  FROM regexp_split_to_table(regexp_replace(phrase, '[^[:alnum:]]+', ' ', 'g'), ' ') AS word,
    LATERAL (SELECT to_tsquery('pg_catalog.simple', word || ':*') || plainto_tsquery('pg_catalog.swedish', word)
      || plainto_tsquery('pg_catalog.english', word)) AS asked (wanted)
  WHERE word <> ''
$$;

-- What was said on the ticket, from the timeline: in public, and within support.
DROP INDEX tickets_search;
ALTER TABLE tickets DROP search;
ALTER TABLE tickets ADD said tsvector, ADD said_internally tsvector;
ALTER TABLE tickets
  ADD search tsvector GENERATED ALWAYS AS (
    search_words(coalesce(number, '') || ' ' || coalesce(external_ref, '') || ' ' || coalesce(subject, ''))
    || search_words(coalesce(description, '')) || coalesce(said, '')) STORED,
  ADD search_by_support tsvector GENERATED ALWAYS AS (
    search_words(coalesce(number, '') || ' ' || coalesce(external_ref, '') || ' ' || coalesce(subject, ''))
    || search_words(coalesce(description, '')) || coalesce(said, '') || coalesce(said_internally, '')) STORED;
CREATE INDEX tickets_search            ON tickets USING gin (search);
CREATE INDEX tickets_search_by_support ON tickets USING gin (search_by_support);

CREATE OR REPLACE FUNCTION search_tickets(phrase text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = projections, pg_temp
AS $$
DECLARE
  caller text := current_setting('app.tenant', true);
  wanted tsquery := search_query(phrase);
BEGIN
  IF caller = '*' THEN
    RETURN QUERY SELECT t.id FROM tickets AS t WHERE t.search_by_support @@ wanted;
  ELSE
    RETURN QUERY SELECT t.id FROM tickets AS t WHERE t.search @@ wanted AND t.tenant = caller;
  END IF;
END $$;

DROP INDEX tickets_due;
DROP INDEX tickets_customer_due;
DROP INDEX tickets_customer_updated;
CREATE INDEX tickets_due              ON tickets (due_rank, due_key, id)        WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_priority         ON tickets (coalesce(priority, 'P9'), registered_at, id)
                                                                                WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_number           ON tickets (number, id)                   WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_external_ref     ON tickets (external_ref)                 WHERE external_ref IS NOT NULL;
CREATE INDEX tickets_assignee         ON tickets (assignee, live)               WHERE assignee <> '';
CREATE INDEX tickets_live             ON tickets (line, team, priority)         WHERE live AND registered_at IS NOT NULL;
CREATE INDEX tickets_customer_due     ON tickets (tenant, public_due_rank, public_due_key, id)
                                                                                WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_customer_updated ON tickets (tenant, public_updated_at, id) WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_customer_live    ON tickets (tenant, priority)             WHERE live AND registered_at IS NOT NULL;
CREATE INDEX deadlines_due            ON deadlines (due_at);

ALTER TABLE tickets NO FORCE ROW LEVEL SECURITY;
ALTER TABLE timeline NO FORCE ROW LEVEL SECURITY;
UPDATE tickets AS t SET said = w.said, said_internally = w.said_internally
FROM (
  SELECT ticket,
    search_words(string_agg(coalesce(data ->> 'body', data ->> 'solution'), ' ' ORDER BY version DESC)
      FILTER (WHERE visibility = 'public')) AS said,
    search_words(string_agg(coalesce(data ->> 'body', data ->> 'solution'), ' ' ORDER BY version DESC)
      FILTER (WHERE visibility = 'internal')) AS said_internally
  FROM timeline
  WHERE source = '/intake' AND type IN ('CommentAdded.v1', 'TicketResolved.v1')
  GROUP BY ticket
) AS w WHERE t.id = w.ticket;
ALTER TABLE tickets FORCE ROW LEVEL SECURITY;
ALTER TABLE timeline FORCE ROW LEVEL SECURITY;
