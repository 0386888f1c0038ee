CREATE TABLE fingerprints (
  connection TEXT NOT NULL PRIMARY KEY,
  plugin TEXT NOT NULL,
  base_url TEXT NOT NULL, -- normalised
  salt BLOB NOT NULL,
  account BLOB, -- PBKDF2 of what the vendor calls the account, with the salt; NULL where it does not say
  credential BLOB -- the same of the configured secrets; NULL where there are none
) STRICT, WITHOUT ROWID;
