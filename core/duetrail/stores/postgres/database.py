"""How the parts of a store run their statements in PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from duetrail.stores.database import Database, Values
from duetrail.stores.postgres.connecting import Place, connect, errors_of
from duetrail.stores.postgres.dialect import POSTGRES, bound_by_psycopg, for_psycopg

if TYPE_CHECKING:
    import psycopg

# Rows that are in memory at once, where an answer may be of any size.
_PORTION = 256

WRITING = "hashtext('duetrail: writing ' || current_schema())"
"""The number of the lock that lets one transaction at a time write to a store."""


class PostgresDatabase(Database):
    """Two connections to a server: one of the thread that writes, one that any thread may ask."""

    dialect = POSTGRES

    _db: psycopg.Connection[Any]
    _place: Place
    _aside: psycopg.Connection[Any] | None = None
    _numbers = count(1)

    def __init__(self) -> None:
        self._opening = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one at a time, since numbers are given by what is there already."""
        with errors_of(self._place):
            try:
                self._prepare_writing()
                # Together, since each would be a way to the server.
                self._db.execute(f"BEGIN; SELECT pg_advisory_xact_lock({WRITING})")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _prepare_writing(self) -> None:
        """Make what writing needs, and what a transaction that fails must not take along."""

    def _is_in_transaction(self) -> bool:
        return bool(self._db.info.transaction_status.name != "IDLE")

    def _roll_back(self) -> None:
        status = self._db.info.transaction_status.name
        if status == "ACTIVE":
            # An interrupt came between a statement and its answer. The server rolls back whatever
            # a connection leaves behind.
            self._db.close()
            self._db = connect(self._place)
            self._reconnected()
        elif status not in ("IDLE", "UNKNOWN"):
            with errors_of(self._place):
                self._db.execute("ROLLBACK")

    def _reconnected(self) -> None:
        """Make up for what ended with the former connection."""

    def _read(self, sql: str, values: Values = ()) -> list[Any]:
        return self._fetch(self._db, sql, values)

    def _read_aside(self, sql: str, values: Values = ()) -> list[Any]:
        with self._opening:  # the connection is used by one thread at a time anyway
            if self._aside is None:
                self._aside = connect(self._place)
            return self._fetch(self._aside, sql, values)

    def _fetch(self, db: psycopg.Connection[Any], sql: str, values: Values) -> list[Any]:
        with errors_of(self._place):
            cursor = db.execute(for_psycopg(sql), bound_by_psycopg(values))
            return cursor.fetchall() if cursor.description else []

    def _stream(self, sql: str, values: Values = ()) -> Iterator[Any]:
        # A cursor that is held goes on after the end of the transaction it was opened in.
        name = f"duetrail_{next(self._numbers)}"
        with errors_of(self._place), self._db.cursor(name, withhold=True) as cursor:
            cursor.execute(for_psycopg(sql), bound_by_psycopg(values))
            while rows := cursor.fetchmany(_PORTION):
                yield from rows

    def _write(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        with errors_of(self._place), self._db.cursor() as cursor:
            cursor.executemany(for_psycopg(sql), [bound_by_psycopg(row) for row in rows])
            return max(int(cursor.rowcount), 0)

    def _copy(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a COPY with these rows, whose texts can be kept as they are."""
        with errors_of(self._place), self._db.cursor() as cursor, cursor.copy(sql) as copy:
            write = copy.write_row
            for row in rows:
                write(row)
