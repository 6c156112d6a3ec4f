-- Whoever owns a post-incident review is told of it too.
ALTER TABLE ledger
  DROP CONSTRAINT ledger_recipient_check,
  ADD CONSTRAINT ledger_recipient_check
    CHECK (recipient IN ('reporter', 'service_manager', 'team', 'assignee', 'on_call', 'review_owner'));
