-- The next instant at which the passing of time alone has something to tell of a ticket. No row: no clock runs.
-- `generation`: the version of the ticket's sla stream that the instant was reckoned from; it guards the firing.
-- `held`: a breach is due, and waits until evidence of the contrary can no longer be under way.
CREATE TABLE timers (
  ticket     uuid        PRIMARY KEY,
  partition  smallint    NOT NULL,
  tenant     text        NOT NULL,
  wake_at    timestamptz NOT NULL,
  generation bigint      NOT NULL,
  held       boolean     NOT NULL DEFAULT false
);
CREATE INDEX timers_wake_at ON timers (partition, wake_at);
CREATE INDEX timers_held ON timers (partition) WHERE held;

-- Its owner's worker writes it for every tenant; no reader sees it.
ALTER TABLE timers ENABLE ROW LEVEL SECURITY;
ALTER TABLE timers FORCE  ROW LEVEL SECURITY;
CREATE POLICY worker_all ON timers FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON timers TO {worker};
