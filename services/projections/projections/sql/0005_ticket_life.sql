-- The whole life of a ticket: waits, dates, closing, reopening, merging, hands; deadlines that pause; and times
-- by what the customer sees. A value that an event takes away is 'infinity' or '' in its row (null: never given),
-- for in a batch of changes null means untouched.
ALTER TABLE tickets
  -- from intake
  ADD timezone             text,
  ADD questioned_at        timestamptz,  -- when the present or last wait for the customer began
  ADD wait_ended           integer,      -- version of the last event that ended such a wait
  ADD supplier_reference   text,
  ADD supplier_awaited_at  timestamptz,
  ADD agreed_due_at        timestamptz,
  ADD expected_at          timestamptz,
  ADD closure_requested_at timestamptz,
  ADD merged_into          text,
  ADD split_from           text,
  ADD survey_score         integer,
  -- from all sources: the newest time of what the customer sees, beside updated_at of everything
  ADD public_updated_at    timestamptz,
  -- from escalation
  ADD assignee             text,
  -- from sla-engine: the earliest due instant that has passed unmet, and whether a clock stands still
  ADD overdue_at           timestamptz NOT NULL DEFAULT 'infinity',
  ADD public_overdue_at    timestamptz NOT NULL DEFAULT 'infinity',
  ADD paused               boolean     NOT NULL DEFAULT false,
  ADD public_paused        boolean     NOT NULL DEFAULT false;

-- From several sources; generated, so that it does not matter which came last. Sorted by due, a live ticket all
-- of whose deadlines have passed is the most urgent (0); then come those with a running one (1), those whose
-- clocks stand still (2), and those without (3).
ALTER TABLE tickets
  ADD waiting_for     text GENERATED ALWAYS AS (CASE WHEN stage = 'waiting' THEN 'customer'
                        WHEN stage = 'open' AND isfinite(supplier_awaited_at) THEN 'supplier' END) STORED,
  ADD waiting_since   timestamptz GENERATED ALWAYS AS (CASE WHEN stage = 'waiting' THEN questioned_at
                        WHEN stage = 'open' AND isfinite(supplier_awaited_at) THEN supplier_awaited_at END) STORED,
  ADD live            boolean GENERATED ALWAYS AS (coalesce(stage, 'open') IN ('open', 'waiting')) STORED,
  ADD due_rank        smallint GENERATED ALWAYS AS (CASE WHEN isfinite(due_at) THEN 1
                        WHEN isfinite(overdue_at) AND coalesce(stage, 'open') IN ('open', 'waiting') THEN 0
                        WHEN paused THEN 2 ELSE 3 END) STORED,
  ADD due_key         timestamptz GENERATED ALWAYS AS (CASE WHEN isfinite(due_at) THEN due_at
                        WHEN coalesce(stage, 'open') IN ('open', 'waiting') THEN overdue_at
                        ELSE 'infinity' END) STORED,
  ADD public_due_rank smallint GENERATED ALWAYS AS (CASE WHEN isfinite(public_due_at) THEN 1
                        WHEN isfinite(public_overdue_at) AND coalesce(stage, 'open') IN ('open', 'waiting') THEN 0
                        WHEN public_paused THEN 2 ELSE 3 END) STORED,
  ADD public_due_key  timestamptz GENERATED ALWAYS AS (CASE WHEN isfinite(public_due_at) THEN public_due_at
                        WHEN coalesce(stage, 'open') IN ('open', 'waiting') THEN public_overdue_at
                        ELSE 'infinity' END) STORED;

ALTER TABLE deadlines
  ADD agreed    boolean,      -- a date agreed with the customer
  ADD paused_at timestamptz,  -- of the present or last pause
  ADD moved_at  timestamptz,  -- when a deviation last moved it
  ADD stands    boolean;      -- whether a breach stands: not retracted since

ALTER TABLE timeline
  ADD event_id     uuid,
  ADD causation_id uuid;

ALTER TABLE tickets NO FORCE ROW LEVEL SECURITY;
ALTER TABLE deadlines NO FORCE ROW LEVEL SECURITY;
ALTER TABLE timeline NO FORCE ROW LEVEL SECURITY;
UPDATE deadlines SET stands = breached_at IS NOT NULL AND retracted_at IS NULL;
UPDATE tickets AS t SET
  updated_at = told.newest, public_updated_at = told.newest_public, overdue_at = clocks.overdue,
  public_overdue_at = clocks.public_overdue,
  timezone = (SELECT data -> 'contract' ->> 'timezone' FROM timeline
    WHERE ticket = t.id AND type = 'TicketOpened.v1' LIMIT 1)
FROM (SELECT ticket, max(time) AS newest, max(time) FILTER (WHERE visibility = 'public') AS newest_public
      FROM timeline GROUP BY ticket) AS told
  LEFT JOIN LATERAL (
    SELECT coalesce(min(due_at) FILTER (WHERE state = 'breached'), 'infinity') AS overdue,
      coalesce(min(due_at) FILTER (WHERE state = 'breached' AND NOT internal), 'infinity') AS public_overdue
    FROM deadlines WHERE deadlines.ticket = told.ticket) AS clocks ON true
WHERE told.ticket = t.id;
ALTER TABLE tickets FORCE ROW LEVEL SECURITY;
ALTER TABLE deadlines FORCE ROW LEVEL SECURITY;
ALTER TABLE timeline FORCE ROW LEVEL SECURITY;
