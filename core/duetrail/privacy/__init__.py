"""Privacy: people in texts, JSON and records: found, struck out, or replaced by pseudonyms.

Modules, each using only those below it:

- `erasure` strikes a person out of everything stored.
- `suppression` keeps whoever was erased out of what is about to be written; `pseudonyms` replaces
  people on cassettes, and `replacements` knows whom by what.
- `split_values` and `labels` find names in several parts; `personal` says which texts are about
  people, by the model; `fake_data` makes up names, addresses and numbers of nobody.
- `contacts` knows the spellings of an address, a number and a name; `views` the ways to read a
  text; `spans` replaces parts of a text; `mail` decodes the transport encodings of mail.
- `forms` says what a contact is, and what stands in its place.

What undoes escapes (`duetrail.escapes`) and what handles secrets (`duetrail.secrets`) lie below
`http`, which needs both.
"""
