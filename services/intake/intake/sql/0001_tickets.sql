-- Numbers are handed out in blocks of 50, the same as in numbers.py.
CREATE SEQUENCE ticket_numbers INCREMENT BY 50;
GRANT USAGE ON SEQUENCE ticket_numbers TO {worker};

-- A client system finds its ticket again by its own reference.
CREATE TABLE external_refs (
  tenant    text NOT NULL,
  reference text NOT NULL,
  stream_id uuid NOT NULL,
  PRIMARY KEY (tenant, reference, stream_id)
);
GRANT SELECT, INSERT ON external_refs TO {worker};
GRANT SELECT ON external_refs TO {reader};
ALTER TABLE external_refs ENABLE ROW LEVEL SECURITY;
ALTER TABLE external_refs FORCE  ROW LEVEL SECURITY;
CREATE POLICY tenant_reads ON external_refs FOR SELECT TO {reader}
  USING (current_setting('app.tenant', true) IN (tenant, '*'));
CREATE POLICY worker_all ON external_refs FOR ALL TO {worker} USING (true) WITH CHECK (true);

-- Filled by the append itself, so that no code can forget it.
CREATE FUNCTION note_external_ref() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO external_refs (tenant, reference, stream_id)
  VALUES (NEW.tenant, NEW.data->>'external_ref', NEW.stream_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER external_ref AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.type = 'TicketOpened.v1' AND NEW.data->>'external_ref' IS NOT NULL)
  EXECUTE FUNCTION note_external_ref();
