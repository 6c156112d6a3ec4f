-- The directory's streams stand among the tickets': these find them without reading those. Each index covers
-- rows of the directory only, so that a ticket costs what it did.
CREATE INDEX directory_events ON events (stream_id, version) WHERE source = '/intake/directory';
CREATE INDEX directory_customers ON events ((data->>'customer')) WHERE type = 'CustomerRegistered.v1';
CREATE INDEX directory_contracts ON events ((data->'contract'->>'id')) WHERE type = 'ContractDrawnUp.v1';
CREATE INDEX directory_people ON events (tenant, stream_id)
  WHERE type = 'PersonRegistered.v1' AND version = 1;

-- Once it is committed that a customer or a contract has something new, every instance hears which one. They change
-- seldom; a ticket's event never comes here.
CREATE FUNCTION note_directory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify(
    'intake_directory',
    CASE WHEN NEW.type LIKE 'Contract%' THEN 'contract ' ELSE 'customer ' END || NEW.stream_id
  );
  RETURN NULL;
END $$;
CREATE TRIGGER directory AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.source = '/intake/directory' AND NEW.type NOT LIKE 'Person%')
  EXECUTE FUNCTION note_directory();
