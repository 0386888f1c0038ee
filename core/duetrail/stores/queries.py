"""What the SQLite modules share: running a query, and SQL for lists of values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from duetrail.model import Ref
from duetrail.stores.opening import errors_of

EACH = "(SELECT value FROM json_each(?))"
"""SQL for a list of values of any length, bound as one `as_json`."""

EACH_PAIR = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"
"""SQL for a list of pairs, bound as one `as_json`."""


class Queries:
    """Base of the classes that read an open SQLite file; a damaged file is a `StoreError`."""

    _db: sqlite3.Connection
    _path: Path

    def _read(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with errors_of(self._path):
            return self._db.execute(sql, values).fetchall()

    def _stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a query one by one, for answers of any size."""
        with errors_of(self._path):
            yield from self._db.execute(sql, values)


def as_json(values: Iterable[Any]) -> str:
    """A list of values as one value for `EACH` or `EACH_PAIR`."""
    return msgspec.json.encode(list(values)).decode()


def marks(values: Sequence[Any]) -> str:
    """A `?` for each of some values."""
    return ", ".join("?" * len(values))


def ids_by_place(refs: Iterable[Ref]) -> dict[tuple[str, str], list[str]]:
    """The ids of some records by connection and table, in the order they came."""
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.connection, ref.record), []).append(ref.id)
    return groups
