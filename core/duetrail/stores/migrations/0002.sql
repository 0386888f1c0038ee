CREATE TABLE erasures (
  pending INTEGER PRIMARY KEY CHECK (pending = 1) -- a row from the begin of an erasure to its end
) STRICT;
