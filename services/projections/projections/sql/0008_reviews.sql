-- Post-incident reviews, from intake: one row for each closing that brought one. They are support's own, so row-level
-- security shows them to no customer.
CREATE TABLE reviews (
  ticket           uuid    NOT NULL,
  review           integer NOT NULL,  -- the ticket's first, second …
  tenant           text    NOT NULL,
  version          integer NOT NULL,
  status           text,              -- open, completed, withdrawn
  highest_priority text,
  opened_at        timestamptz,
  due_at           timestamptz,
  withdrawn_at     timestamptz,
  completed_at     timestamptz,
  owner            json,              -- a person
  outcome          json,              -- what was found, in people's words
  PRIMARY KEY (ticket, review)
);
CREATE INDEX reviews_due ON reviews (due_at, ticket, review);
ALTER TABLE reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE reviews FORCE ROW LEVEL SECURITY;
CREATE POLICY support_reads ON reviews FOR SELECT TO {reader} USING (current_setting('app.tenant', true) = '*');
CREATE POLICY worker_all ON reviews FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT ON reviews TO {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON reviews TO {worker};
