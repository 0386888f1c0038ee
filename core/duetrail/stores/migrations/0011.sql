-- What records were is kept from now on, and so from the last run that changed anything.
CREATE TABLE history_since (
  kept INTEGER PRIMARY KEY CHECK (kept = 1),
  run INTEGER NOT NULL
) STRICT;

INSERT INTO history_since (kept, run)
SELECT 1, run FROM (
  SELECT max(run) AS run FROM (
    SELECT run FROM removals
    UNION ALL SELECT changed_run FROM invoices
    UNION ALL SELECT changed_run FROM calls
    UNION ALL SELECT changed_run FROM callouts
    UNION ALL SELECT changed_run FROM emails
    UNION ALL SELECT changed_run FROM parties
    UNION ALL SELECT changed_run FROM payments
  ) AS every_change
) AS last_change WHERE run > 0;
