-- What a service has taken in from others' topics, and what it has made of it.

-- The processed offset; moves in the same transaction as the effects.
CREATE TABLE consumer_offsets (
  topic         text    NOT NULL,
  partition     integer NOT NULL,
  next_offset   bigint  NOT NULL,
  last_event_id uuid,
  PRIMARY KEY (topic, partition)
);

-- The newest version handled, per source and subject.
CREATE TABLE consumer_heads (
  source   text    NOT NULL,
  subject  uuid    NOT NULL,
  version  integer NOT NULL,
  event_id uuid    NOT NULL,
  PRIMARY KEY (source, subject)
);

-- One ticket's events held back until an earlier one is handled. `reason`: 'gap' or 'failed'.
CREATE TABLE parked (
  source    text        NOT NULL,
  subject   uuid        NOT NULL,
  version   integer     NOT NULL,
  reason    text        NOT NULL,
  error     text        NOT NULL DEFAULT '',
  event_id  uuid        NOT NULL,
  headers   jsonb       NOT NULL,
  value     bytea       NOT NULL,
  parked_at timestamptz NOT NULL,
  PRIMARY KEY (source, subject, version)
);

-- Bytes that could not be decoded, kept as they came.
CREATE TABLE quarantine (
  topic          text        NOT NULL,
  partition      integer     NOT NULL,
  "offset"       bigint      NOT NULL,
  key            bytea,
  value          bytea,
  headers        jsonb       NOT NULL,
  error          text        NOT NULL,
  quarantined_at timestamptz NOT NULL,
  PRIMARY KEY (topic, partition, "offset")
);

-- The newest progress mark per source and partition: all of it up to `through` is out, before `next_offset`.
CREATE TABLE progress_marks (
  source      text        NOT NULL,
  partition   integer     NOT NULL,
  through     timestamptz NOT NULL,
  next_offset bigint      NOT NULL,
  PRIMARY KEY (source, partition)
);

-- A subject's folded state: a cache of this service's own stream and of what it heard; `version` is the
-- version of the own stream that it includes.
CREATE TABLE states (
  subject uuid    PRIMARY KEY,
  tenant  text    NOT NULL,
  version integer NOT NULL,
  body    json    NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE
  ON consumer_offsets, consumer_heads, parked, quarantine, progress_marks, states TO {worker};
ALTER TABLE states ENABLE ROW LEVEL SECURITY;
ALTER TABLE states FORCE  ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON states FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_all ON states FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT ON states, consumer_heads TO {reader};
