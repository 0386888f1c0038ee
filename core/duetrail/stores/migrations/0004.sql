-- With rowids: in a table without them, SQLite (3.40 for one) calls a column NULL in its
-- integrity_check that stands before the end of the key, as the salt did.

CREATE TABLE suppressed_with_rowid (
  kind TEXT NOT NULL, -- address, number, name
  size INTEGER NOT NULL, -- digits of a number, words of a name
  salt BLOB NOT NULL, -- the same in every row
  hash BLOB NOT NULL, -- blake2b, keyed with the salt
  PRIMARY KEY (kind, size, hash)
) STRICT;

INSERT INTO suppressed_with_rowid (kind, size, salt, hash)
SELECT kind, size, salt, hash FROM suppressed;

DROP TABLE suppressed;

ALTER TABLE suppressed_with_rowid RENAME TO suppressed;
