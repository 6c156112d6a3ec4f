-- Webhooks: who asked to be told, with which secrets, what was done to them by whom, and every delivery.

-- `tenant`: whose hook it is, a customer's or ours (`*`). `customer`: whose tickets it tells of; null: everyone's.
-- `failing_since`: the first failure after the last success.
CREATE TABLE webhooks (
  id               uuid        PRIMARY KEY,
  tenant           text        NOT NULL,
  audience         text        NOT NULL CHECK (audience IN ('customer', 'support', 'operations')),
  customer         text,
  url              text        NOT NULL CHECK (length(url) <= 2000),
  types            text[],
  description      text,
  state            text        NOT NULL CHECK (state IN ('active', 'disabled')),
  disabled_because text,
  disabled_at      timestamptz,
  version          integer     NOT NULL,
  created_by       text        NOT NULL,
  created_at       timestamptz NOT NULL,
  last_success_at  timestamptz,
  failing_since    timestamptz,
  CHECK ((audience = 'customer') = (tenant <> '*')),
  CHECK (audience <> 'customer' OR customer IS NOT DISTINCT FROM tenant),
  CHECK ((state = 'disabled') = (disabled_because IS NOT NULL))
);
CREATE INDEX webhooks_active ON webhooks (tenant) WHERE state = 'active';

-- Nobody reads these but the worker that signs. `made_in`: the hook's version that brought it about.
CREATE TABLE webhook_secrets (
  webhook    uuid        NOT NULL REFERENCES webhooks,
  made_in    integer     NOT NULL,
  seed       bytea       NOT NULL,
  key        text,
  expires_at timestamptz,
  PRIMARY KEY (webhook, made_in)
);

-- The audit: each act makes a version. `answer` is what its caller was told, without the secret.
CREATE TABLE webhook_acts (
  webhook     uuid        NOT NULL REFERENCES webhooks,
  version     integer     NOT NULL,
  tenant      text        NOT NULL,
  act         text        NOT NULL,
  by          text        NOT NULL,
  role        text        NOT NULL,
  at          timestamptz NOT NULL,
  traceparent text,
  answer      json        NOT NULL,
  PRIMARY KEY (webhook, version)
);

-- One row per hook and event, entered with the offset that the event moved. `id` is the webhook-id.
-- `customer` is the event's; `tries`: attempts since it was last put into the schedule; `resent` rows stand
-- outside the order of their subject (the ticket).
CREATE TABLE webhook_deliveries (
  id              uuid        PRIMARY KEY,
  ordinal         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  webhook         uuid        NOT NULL REFERENCES webhooks,
  tenant          text        NOT NULL,
  customer        text        NOT NULL,
  event_id        uuid        NOT NULL,
  event_type      text        NOT NULL,
  subject         uuid        NOT NULL,
  traceparent     text,
  body            text        NOT NULL,
  state           text        NOT NULL DEFAULT 'pending'
                  CHECK (state IN ('pending', 'sending', 'delivered', 'dead')),
  attempts        integer     NOT NULL DEFAULT 0,
  tries           integer     NOT NULL DEFAULT 0,
  resent          boolean     NOT NULL DEFAULT false,
  status          integer,
  reason          text,
  claimed_by      integer,
  created_at      timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  settled_at      timestamptz,
  UNIQUE (webhook, event_id),
  CHECK (tenant IN ('*', customer))
);
CREATE INDEX webhook_deliveries_due     ON webhook_deliveries (webhook, next_attempt_at, ordinal) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_order   ON webhook_deliveries (webhook, subject, ordinal) WHERE state IN ('pending', 'sending');
CREATE INDEX webhook_deliveries_sending ON webhook_deliveries (webhook) WHERE state = 'sending';
CREATE INDEX webhook_deliveries_list    ON webhook_deliveries (webhook, ordinal);
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery    uuid        NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  number      integer     NOT NULL,
  tenant      text        NOT NULL,
  at          timestamptz NOT NULL,
  duration_ms integer,
  status      integer,
  error       text,
  answer      text        NOT NULL,
  PRIMARY KEY (delivery, number)
);

ALTER TABLE webhooks           ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks           FORCE  ROW LEVEL SECURITY;
ALTER TABLE webhook_acts       ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_acts       FORCE  ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE  ROW LEVEL SECURITY;
ALTER TABLE webhook_attempts   ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_attempts   FORCE  ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON webhooks           FOR SELECT TO {reader} USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY tenant_reads ON webhook_acts       FOR SELECT TO {reader} USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY tenant_reads ON webhook_deliveries FOR SELECT TO {reader} USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY tenant_reads ON webhook_attempts   FOR SELECT TO {reader} USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_all ON webhooks           FOR ALL TO {worker} USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON webhook_acts       FOR ALL TO {worker} USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON webhook_deliveries FOR ALL TO {worker} USING (true) WITH CHECK (true);
CREATE POLICY worker_all ON webhook_attempts   FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT ON webhooks, webhook_acts, webhook_deliveries, webhook_attempts TO {reader};
GRANT SELECT, INSERT, UPDATE ON webhooks TO {worker};
GRANT SELECT, INSERT ON webhook_acts TO {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_secrets, webhook_deliveries, webhook_attempts TO {worker};
