-- An operator asks here for all history to be published again, by whoever relays.
ALTER TABLE relay_lease ADD COLUMN republish boolean NOT NULL DEFAULT false;
