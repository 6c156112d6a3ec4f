-- The read models. Every column has one source that alone writes it, under that source's version, so that
-- any interleaving of the sources ends in the same row.

-- One row per ticket. It may begin with an SLA or routing event; `registered_at` says that it was opened.
CREATE TABLE tickets (
  id              uuid    PRIMARY KEY,
  tenant          text    NOT NULL,
  -- from intake
  intake_version  integer NOT NULL DEFAULT 0,
  number          text,
  contract        text,
  type            text,
  channel         text,
  subject         text,
  description     text,
  priority        text,
  wished_priority text,
  category        text,
  stage           text,
  acted           boolean,
  registered_at   timestamptz,
  reported_at     timestamptz,
  updated_at      timestamptz,
  reporter        json,
  external_ref    text,
  -- `new` until support first acts
  status          text    GENERATED ALWAYS AS (CASE WHEN stage = 'open' AND acted IS NOT TRUE THEN 'new' ELSE stage END)
                          STORED,
  -- from sla-engine: the next running deadline (infinity: none) and whether a breach stands, of all kinds and
  -- of those that the customer sees
  sla_version     integer NOT NULL DEFAULT 0,
  due_at          timestamptz NOT NULL DEFAULT 'infinity',
  public_due_at   timestamptz NOT NULL DEFAULT 'infinity',
  breached        boolean NOT NULL DEFAULT false,
  public_breached boolean NOT NULL DEFAULT false,
  -- from escalation
  routing_version integer NOT NULL DEFAULT 0,
  line            integer,
  team            text,
  -- Punctuation becomes blanks, here as in the query: PostgreSQL's parser would read 2026-000123 as a negative
  -- number, and an address as one word.
  search          tsvector GENERATED ALWAYS AS (to_tsvector('simple',
                    regexp_replace(coalesce(number, '') || ' ' || coalesce(subject, ''), '[^[:alnum:]]+', ' ', 'g')
                  )) STORED
);
CREATE INDEX tickets_registered          ON tickets (registered_at, id)         WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_updated             ON tickets (updated_at, id)            WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_due                 ON tickets (due_at, id)                WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_customer_registered ON tickets (tenant, registered_at, id) WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_customer_updated    ON tickets (tenant, updated_at, id)    WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_customer_due        ON tickets (tenant, public_due_at, id) WHERE registered_at IS NOT NULL;
CREATE INDEX tickets_search              ON tickets USING gin (search);

-- One row per deadline, from sla-engine. `state`: running, met, breached, met_late, cancelled, superseded.
CREATE TABLE deadlines (
  ticket           uuid    NOT NULL,
  deadline_id      text    NOT NULL,
  tenant           text    NOT NULL,
  version          integer NOT NULL,
  kind             text,
  internal         boolean NOT NULL,  -- an aim of support's own, which the customer is not shown
  state            text,
  due_at           timestamptz,
  warn_at          timestamptz,
  soft_due_at      timestamptz,
  received_at      timestamptz,
  commitment       text,
  generation       integer,
  policy           text,
  policy_version   text,
  calendar_version text,
  tzdata_version   text,
  warned           boolean,
  met_at           timestamptz,
  breached_at      timestamptz,
  detected_at      timestamptz,
  retracted_at     timestamptz,
  superseded_by    text,
  PRIMARY KEY (ticket, deadline_id)
);

-- Everything that happened to a ticket, from all sources.
CREATE TABLE timeline (
  ticket      uuid        NOT NULL,
  source      text        NOT NULL,
  version     integer     NOT NULL,
  tenant      text        NOT NULL,
  time        timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  type        text        NOT NULL,
  visibility  text        NOT NULL CHECK (visibility IN ('public', 'internal')),
  data        json        NOT NULL,
  PRIMARY KEY (ticket, source, version)
);

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tickets', 'deadlines', 'timeline'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant_reads ON %I FOR SELECT TO {reader}'
      ' USING (current_setting(''app.tenant'', true) IN (tenant, ''*''))', name);
    EXECUTE format('CREATE POLICY worker_all ON %I FOR ALL TO {worker} USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT ON %I TO {reader}', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {worker}', name);
  END LOOP;
END $$;
