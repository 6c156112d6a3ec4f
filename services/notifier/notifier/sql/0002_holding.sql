-- A fact may lead to several notices, and each person is told of it once by each channel, however many roles
-- they have: `person` is the address, folded. It is empty while the ticket is not known yet.
-- `held` rows wait for `send_after` (the database's clock): a night's quiet, or more to tell in one mail.
-- `carrier` is the row in whose mail a folded one goes. `team` is a team meant though it does not hold the ticket.
-- `unknown` was `ambiguous`: nobody can know whether the mail was taken.
ALTER TABLE ledger NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger
  DROP CONSTRAINT ledger_event_id_recipient_channel_key,
  DROP CONSTRAINT ledger_recipient_check,
  DROP CONSTRAINT ledger_state_check,
  ADD COLUMN person     text,
  ADD COLUMN urgent     boolean NOT NULL DEFAULT true,
  ADD COLUMN team       text,
  ADD COLUMN hold       text CHECK (hold IN ('quiet_hours', 'burst')),
  ADD COLUMN send_after timestamptz,
  ADD COLUMN carrier    uuid;
UPDATE ledger SET person = lower(address), state = CASE state WHEN 'ambiguous' THEN 'unknown' ELSE state END;
ALTER TABLE ledger FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger
  ADD CHECK (recipient IN ('reporter', 'service_manager', 'team', 'assignee', 'on_call')),
  ADD CHECK (state IN ('pending', 'held', 'sending', 'sent', 'unknown', 'failed')),
  ADD CHECK ((address IS NULL) = (person IS NULL)),
  ADD UNIQUE (event_id, person, channel);
DROP INDEX ledger_due;
CREATE INDEX ledger_due ON ledger (next_attempt_at) WHERE state IN ('pending', 'held', 'unknown');
