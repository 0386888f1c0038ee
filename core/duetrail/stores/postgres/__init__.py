"""The PostgreSQL store: `postgresql://…`, by psycopg 3, which is the extra `postgres`.

Imported only when such a URL is opened. It has the tables of every store, with types of their own.
"""

from duetrail.stores.postgres.store import PostgresStore, open_postgres

__all__ = ["PostgresStore", "open_postgres"]
