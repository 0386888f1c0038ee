-- Copies become observations, and what they stand in becomes documents. A document groups what
-- one object of a page shows, so that it can be noted as seen at once, and be known by its bytes.
-- What is brought over has no document yet (0) until it is read again.
CREATE TABLE documents (
  document INTEGER PRIMARY KEY,
  hash BLOB, -- over its bytes and its mapping; NULL: it is mapped whenever it is seen
  page INTEGER NOT NULL, -- where it stood when it was new or changed last
  run INTEGER NOT NULL, -- the last that saw it
  items INTEGER NOT NULL -- how many observations are part of what it shows
) STRICT;

CREATE INDEX documents_by_hash ON documents (hash);

CREATE TABLE observations (
  connection TEXT NOT NULL,
  record TEXT NOT NULL,
  id TEXT NOT NULL,
  resource TEXT NOT NULL,
  shape TEXT NOT NULL,
  within TEXT NOT NULL,
  version TEXT NOT NULL,
  hash BLOB NOT NULL,
  document INTEGER NOT NULL, -- 0 where that is not known
  page INTEGER NOT NULL,
  path TEXT NOT NULL,
  run INTEGER NOT NULL, -- the last that saw it so, where it is not on its document's page
  missing INTEGER NOT NULL, -- 0, or the first run that proved it is not there any more
  PRIMARY KEY (connection, record, id, resource, shape, within)
) STRICT, WITHOUT ROWID;

CREATE INDEX observations_by_page ON observations (page, document);

INSERT INTO observations
SELECT connection, record, id, resource, shape, within, version, hash, 0, page, path, run, lost
FROM copies ORDER BY connection, record, id, resource, shape, within;

DROP TABLE copies;

CREATE TABLE variants (
  hash BLOB NOT NULL PRIMARY KEY,
  content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO variants (hash, content) SELECT hash, body FROM bodies ORDER BY hash;

DROP TABLE bodies;
