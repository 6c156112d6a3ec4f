-- Streams, their personal half, and the outbox. Runs in the service's own schema.
CREATE TABLE events (
  stream_id       uuid        NOT NULL,
  version         integer     NOT NULL CHECK (version > 0),
  position        bigint      GENERATED ALWAYS AS IDENTITY,
  event_id        uuid        NOT NULL UNIQUE,
  type            text        NOT NULL,
  source          text        NOT NULL,
  tenant          text        NOT NULL,
  occurred_at     timestamptz NOT NULL,
  recorded_at     timestamptz NOT NULL,
  correlation_id  uuid        NOT NULL,
  causation_id    uuid,
  traceparent     text,
  data            json        NOT NULL,
  personal_digest bytea,
  chain           bytea       NOT NULL,
  PRIMARY KEY (stream_id, version)
);
CREATE INDEX events_recorded_at ON events USING brin (recorded_at);

CREATE TABLE personal (
  stream_id uuid    NOT NULL,
  version   integer NOT NULL,
  tenant    text    NOT NULL,
  salt      bytea   NOT NULL,
  data      json    NOT NULL,
  PRIMARY KEY (stream_id, version)
);

-- A row waits here from the commit of its event until Kafka has acknowledged it.
CREATE TABLE outbox (
  position  bigint  PRIMARY KEY,
  stream_id uuid    NOT NULL,
  version   integer NOT NULL
);

-- Who may relay a shard of the outbox. The epoch grows with each new owner.
CREATE TABLE relay_lease (
  shard      text        PRIMARY KEY,
  owner      uuid        NOT NULL,
  epoch      bigint      NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE TABLE idempotency (
  credential text        NOT NULL,
  method     text        NOT NULL,
  path       text        NOT NULL,
  key        text        NOT NULL,
  body_hash  bytea       NOT NULL,
  stream_id  uuid        NOT NULL,
  version    integer     NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (credential, method, path, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);

ALTER TABLE events      ENABLE ROW LEVEL SECURITY;
ALTER TABLE events      FORCE  ROW LEVEL SECURITY;
ALTER TABLE personal    ENABLE ROW LEVEL SECURITY;
ALTER TABLE personal    FORCE  ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON events   FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY tenant_reads ON personal FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_reads   ON events   FOR SELECT TO {worker} USING (true);
CREATE POLICY worker_appends ON events   FOR INSERT TO {worker} WITH CHECK (true);
CREATE POLICY worker_reads   ON personal FOR SELECT TO {worker} USING (true);
CREATE POLICY worker_appends ON personal FOR INSERT TO {worker} WITH CHECK (true);
CREATE POLICY worker_erases  ON personal FOR DELETE TO {worker} USING (true);

GRANT SELECT ON events, personal TO {reader};
GRANT SELECT, INSERT ON events TO {worker};
GRANT SELECT, INSERT, DELETE ON personal TO {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, relay_lease, idempotency TO {worker};
