"""The PostgreSQL store: `postgresql://…`, by psycopg 3, which is the extra `postgres`.

It has the tables of every store, with types of their own. `store` is imported only when such a URL
is opened: it needs the extra.
"""
