CREATE TABLE withheld (
  connection TEXT NOT NULL,
  resource TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL,
  run INTEGER NOT NULL, -- the last whose reading did not show it
  PRIMARY KEY (connection, resource, record, id)
) STRICT, WITHOUT ROWID;
