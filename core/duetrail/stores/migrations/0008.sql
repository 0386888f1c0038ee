-- Each record says which run changed it last, and what is removed leaves its id. What is stored
-- already was changed in the last run or before: nobody who asks since an earlier run misses it.
ALTER TABLE invoices ADD COLUMN changed_run INTEGER;
UPDATE invoices SET changed_run = (SELECT max(run) FROM runs);
ALTER TABLE calls ADD COLUMN changed_run INTEGER;
UPDATE calls SET changed_run = (SELECT max(run) FROM runs);
ALTER TABLE callouts ADD COLUMN changed_run INTEGER;
UPDATE callouts SET changed_run = (SELECT max(run) FROM runs);
ALTER TABLE emails ADD COLUMN changed_run INTEGER;
UPDATE emails SET changed_run = (SELECT max(run) FROM runs);
ALTER TABLE parties ADD COLUMN changed_run INTEGER;
UPDATE parties SET changed_run = (SELECT max(run) FROM runs);
ALTER TABLE payments ADD COLUMN changed_run INTEGER;
UPDATE payments SET changed_run = (SELECT max(run) FROM runs);

CREATE TABLE removals (
  connection TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL, -- of an erased record a salted hash of it
  run INTEGER NOT NULL, -- the run that removed it
  PRIMARY KEY (connection, record, id)
) STRICT, WITHOUT ROWID;
