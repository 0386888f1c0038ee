"""What the parts of a store run their statements by, and SQLite's way to do it."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from duetrail.model import Ref
from duetrail.stores.conditions import Conditions
from duetrail.stores.dialect import Dialect
from duetrail.stores.files import FileIdentity
from duetrail.stores.opening import errors_of, explained
from duetrail.stores.sqlite_dialect import SQLITE

Values = Sequence[Any] | Mapping[str, Any]
"""Values for the `?` of a statement in order, or for its `:names`."""

SEEN = (
    "coalesce((SELECT documents.run FROM documents WHERE documents.document = o.document "
    "AND documents.page = o.page), o.run)"
)
"""SQL for the last run that saw an observation `o`."""

# Rows that are in memory at once, where an answer may be of any size.
_PORTION = 256


class Database:
    """What the parts of a store run all their statements by, whatever the database.

    Statements have `?` or `:names` for what is bound. Each kind of store has one of these, and the
    parts as they are.
    """

    dialect: Dialect

    def transaction(self) -> AbstractContextManager[None]:
        """See `duetrail.stores.base.Store`."""
        raise NotImplementedError

    def exclusive(self) -> AbstractContextManager[None]:
        """See `duetrail.stores.base.Store`."""
        raise NotImplementedError

    def alone(self) -> AbstractContextManager[None]:
        """The former name of `exclusive`; it works for one more minor version."""
        warnings.warn("store.alone() is store.exclusive()", DeprecationWarning, stacklevel=2)
        return self.exclusive()

    def _where(self) -> Conditions:
        """Conditions of a statement, to be put together."""
        return Conditions(self.dialect)

    def _roll_back(self) -> None:
        """End a transaction that an interrupt left open."""
        raise NotImplementedError

    def _read(self, sql: str, values: Values = ()) -> list[Any]:
        """All rows of a statement; none of one that gives none."""
        raise NotImplementedError

    def _read_aside(self, sql: str, values: Values = ()) -> list[Any]:
        """The same, asked by any thread, and by a connection that writes nothing."""
        raise NotImplementedError

    def _stream(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """The rows of a query one by one, for answers of any size."""
        raise NotImplementedError

    def _changed(self, sql: str, values: Values = ()) -> int:
        """Run a statement once; how many rows of the table it changed."""
        raise NotImplementedError

    def _write(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each row; how many rows of the table it changed."""
        raise NotImplementedError


class SqliteDatabase(Database):
    """A connection to a SQLite file, used by one thread; its store has one for all others."""

    dialect = SQLITE

    _db: sqlite3.Connection
    _path: Path
    _identity: FileIdentity | None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A disk that is full or a file that is locked is a `StoreError`."""
        with errors_of(self._path):
            try:  # an interrupt may come at any place in here
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
                if self._identity is not None:
                    self._identity.check()
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        with errors_of(self._path):
            if self._db.in_transaction:  # SQLite may have rolled back by itself: disk full
                self._db.execute("ROLLBACK")

    def _read(self, sql: str, values: Values = ()) -> list[Any]:
        return self._fetch(self._db, sql, values)

    def _fetch(self, db: sqlite3.Connection, sql: str, values: Values) -> list[Any]:
        """All rows of a query; a damaged file is a `StoreError`."""
        try:
            return db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explained(error, self._path) from error

    def _stream(self, sql: str, values: Values = ()) -> Iterator[Any]:
        with errors_of(self._path):
            cursor = self._db.execute(sql, values)
            while rows := cursor.fetchmany(_PORTION):
                yield from rows

    def _changed(self, sql: str, values: Values = ()) -> int:
        return self._db.execute(sql, values).rowcount

    def _write(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        if not rows:  # as most are of a page that is known
            return 0
        return max(self._db.executemany(sql, rows).rowcount, 0)


def columns_of(kind: type[Any]) -> str:
    """The columns that an attrs class or a NamedTuple is written to, in order."""
    return ", ".join(getattr(kind, "_fields", None) or [f.name for f in kind.__attrs_attrs__])


def by_table(refs: Iterable[Ref]) -> dict[tuple[str, str], list[str]]:
    """The ids of some records by connection and table."""
    groups: dict[tuple[str, str], list[str]] = {}
    for connection, record, id in refs:
        groups.setdefault((connection, record), []).append(id)
    return groups
