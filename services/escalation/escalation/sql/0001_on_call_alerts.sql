-- Who on call has been alerted of which ticket. `wake_at`: when the next one is alerted, unless somebody answers
-- before; null once there is nobody left to alert, or the alert has been acknowledged. `event_id`: the last
-- alert's own event, with the conversation and trace that the next one carries on.
CREATE TABLE on_call_alerts (
  alert_id       uuid        PRIMARY KEY,
  ticket         uuid        NOT NULL,
  tenant         text        NOT NULL,
  wake_at        timestamptz,
  event_id       uuid        NOT NULL,
  correlation_id uuid        NOT NULL,
  traceparent    text
);
CREATE INDEX on_call_alerts_wake_at ON on_call_alerts (wake_at) WHERE wake_at IS NOT NULL;

-- Its owner's worker writes it for every tenant; no reader sees it.
ALTER TABLE on_call_alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE on_call_alerts FORCE  ROW LEVEL SECURITY;
CREATE POLICY worker_all ON on_call_alerts FOR ALL TO {worker} USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON on_call_alerts TO {worker};
