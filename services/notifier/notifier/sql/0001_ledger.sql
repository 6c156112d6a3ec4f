-- What was told to whom: one row per event, recipient and channel, whatever happens in between.
-- `sending` is committed before the conversation with the mail server begins; a row found so after a crash
-- becomes `ambiguous`: the mail may have gone out, and goes again once under the same Message-ID.
CREATE TABLE ledger (
  id              uuid        PRIMARY KEY,
  ordinal         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
  ticket          uuid        NOT NULL,
  tenant          text        NOT NULL,
  event_id        uuid        NOT NULL,
  event_type      text        NOT NULL,
  event_time      timestamptz NOT NULL,
  correlation_id  uuid        NOT NULL,
  traceparent     text,
  recipient       text        NOT NULL CHECK (recipient IN ('reporter', 'service_manager', 'team')),
  channel         text        NOT NULL CHECK (channel = 'email'),
  template        text        NOT NULL,
  facts           json        NOT NULL,
  address         text,
  state           text        NOT NULL DEFAULT 'pending'
                  CHECK (state IN ('pending', 'sending', 'sent', 'ambiguous', 'failed')),
  attempts        integer     NOT NULL DEFAULT 0,
  ambiguities     integer     NOT NULL DEFAULT 0,
  reason          text        NOT NULL DEFAULT '',
  claimed_by      integer,
  created_at      timestamptz NOT NULL,
  next_attempt_at timestamptz NOT NULL,
  settled_at      timestamptz,
  UNIQUE (event_id, recipient, channel)
);
CREATE INDEX ledger_due     ON ledger (next_attempt_at) WHERE state IN ('pending', 'ambiguous');
CREATE INDEX ledger_sending ON ledger (claimed_by) WHERE state = 'sending';
CREATE INDEX ledger_ticket  ON ledger (ticket, ordinal);

ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger FORCE  ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON ledger FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_all ON ledger FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT ON ledger TO {reader};
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger TO {worker};
