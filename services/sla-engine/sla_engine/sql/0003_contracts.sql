-- Which policy each contract goes by, as intake's directory says; `version` is that of the contract's stream.
CREATE TABLE contracts (
  contract text    PRIMARY KEY,
  policy   text    NOT NULL,
  version  integer NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON contracts TO {worker};
