-- What records were, from when to when: filled once history is built.
CREATE TABLE history (
  connection TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_to TEXT,
  run INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (connection, record, id, valid_from)
) STRICT;

CREATE INDEX history_by_time ON history (record, valid_from);

CREATE TABLE history_state (
  built INTEGER PRIMARY KEY CHECK (built = 1),
  since TEXT NOT NULL,
  run INTEGER NOT NULL
) STRICT;
