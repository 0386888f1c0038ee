"""What all parts of the SQLite store share: its connection, its errors, lists bound as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from duetrail.model import Ref
from duetrail.stores.files import FileIdentity
from duetrail.stores.opening import errors_of, explained

Values = Sequence[Any] | Mapping[str, Any]
"""Values for the `?` of a statement in order, or for its `:names`."""

SEEN = (
    "coalesce((SELECT documents.run FROM documents WHERE documents.document = o.document "
    "AND documents.page = o.page), o.run)"
)
"""SQL for the last run that saw an observation `o`."""

# Rows that are in memory at once, where an answer may be of any size.
_PORTION = 256

# Lists of blobs cannot be bound as JSON. Each length of a list is a statement of its own, and to
# prepare one costs more than to look up a value twice: so there are few lengths.
_LENGTHS = (1, 8, 64, 256)


class Database:
    """A connection to a SQLite file, used by one thread.

    The parts of the store run all their statements by these few methods.
    """

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
        if self._db.in_transaction:  # SQLite may have rolled back by itself: disk full
            self._db.execute("ROLLBACK")

    def _read(
        self, sql: str, values: Values = (), *, db: sqlite3.Connection | None = None
    ) -> list[Any]:
        """All rows of a query; a damaged file is a `StoreError`."""
        try:
            return (db or self._db).execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explained(error, self._path) from error

    def _stream(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """The rows of a query one by one, for answers of any size."""
        with errors_of(self._path):
            cursor = self._db.execute(sql, values)
            while rows := cursor.fetchmany(_PORTION):
                yield from rows

    def _changed(self, sql: str, values: Values = ()) -> int:
        """Run a statement once; how many rows of the table it changed."""
        return self._db.execute(sql, values).rowcount

    def _write(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each row; how many rows of the table it changed."""
        return max(self._db.executemany(sql, rows).rowcount, 0)


def json_list(values: Iterable[Any]) -> str:
    """Values as one JSON array, for `EACH`."""
    return msgspec.json.encode(list(values)).decode()


def json_pairs(refs: Iterable[Ref]) -> str:
    """The tables and ids of some records, for `EACH_PAIR`."""
    return json_list((ref.record, ref.id) for ref in refs)


def marks(count: int) -> str:
    """So many question marks."""
    return ", ".join("?" * count)


def columns_of(kind: type[Any]) -> str:
    """The columns that an attrs class or a NamedTuple is written to, in order."""
    return ", ".join(getattr(kind, "_fields", None) or [f.name for f in kind.__attrs_attrs__])


blob = bytearray
"""Makes of bytes what is bound at once: for each `bytes` sqlite3 looks for an adapter first."""


def portions(values: Sequence[bytes]) -> Iterator[tuple[bytearray, ...]]:
    """Blobs in lists of few lengths; the last value fills up."""
    if len(values) == 1:  # of a key, and so of most there are
        yield (blob(values[0]),)
        return
    at = 0
    while at < len(values):
        rest = len(values) - at
        length = next((one for one in _LENGTHS if rest <= one), _LENGTHS[-1])
        part = tuple(map(blob, values[at : at + length]))
        yield part + part[-1:] * (length - len(part))
        at += length


def by_table(refs: Iterable[Ref]) -> dict[tuple[str, str], list[str]]:
    """The ids of some records by connection and table."""
    groups: dict[tuple[str, str], list[str]] = {}
    for connection, record, id in refs:
        groups.setdefault((connection, record), []).append(id)
    return groups
