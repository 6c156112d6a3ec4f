-- The deviations of each policy's calendar, in the order of their announcement; `version` counts them, as the
-- policy's stream does. Whoever computes a deadline holds the rows FOR SHARE, whoever announces one FOR UPDATE:
-- so no deadline is reckoned by hours that are being changed. `swept`: up to which version the running deadlines
-- have been moved.
CREATE TABLE calendars (
  policy    text    PRIMARY KEY,
  version   integer NOT NULL DEFAULT 0,
  swept     integer NOT NULL DEFAULT 0,
  announced json    NOT NULL DEFAULT '[]'
);
GRANT SELECT, INSERT, UPDATE ON calendars TO {worker};
