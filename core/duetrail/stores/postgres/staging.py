"""Staging: rows of several tables on their way into the store, by one COPY and two statements.

They go as texts into one temporary table. Then one statement takes away what goes, and another
merges each table. What was staged stays there for a while, told apart by its kind: to empty the
table after each page would take longer than to read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import count, repeat
from typing import Any

from duetrail.stores.postgres.texts import MARK, kept
from duetrail.stores.schema import engine_tables, record_tables, table_named
from duetrail.stores.schema.statements import POSTGRESQL

Columns = Sequence[Sequence[Any]]


@cache
def create_staged() -> str:
    """The statements that make the temporary table, wide enough for every table."""
    widest = max(len(table.parts) for table in (*record_tables(), *engine_tables()))
    columns = ", ".join(f"c{at} text" for at in range(widest))
    # What is taken out again at once is not worth to be compressed.
    plain = ", ".join(f"ALTER COLUMN c{at} SET STORAGE EXTERNAL" for at in range(widest))
    return (
        f"CREATE TEMP TABLE staged (kind bigint, {columns}); "
        f"ALTER TABLE staged {plain}; CREATE INDEX staged_by_kind ON staged (kind)"
    )


class Staging:
    """What is to be written in one transaction."""

    _kinds = count()

    def __init__(self) -> None:
        self._rows: list[tuple[int, Columns]] = []
        self._first: list[str] = []
        self._then: list[str] = []

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(columns[0]) for _, columns in self._rows)

    @property
    def width(self) -> int:
        """How many columns the widest rows have."""
        return max((len(columns) for _, columns in self._rows), default=0)

    def rows(self) -> Iterable[tuple[Any, ...]]:
        """The rows, each of equal length: which kind, then its values."""
        width = self.width
        for kind, columns in self._rows:
            empty = repeat(repeat(None), width - len(columns))
            yield from zip(repeat(kind), *map(_kept, columns), *empty, strict=False)

    def statements(self) -> str:
        """What takes away, and what merges: each one statement, sent together."""
        return "; ".join([_together(parts) for parts in (self._first, self._then) if parts])

    def put(self, rows: Iterable[Sequence[Any]]) -> int | None:
        """Stage rows; their kind, or None where there are none."""
        columns = list(zip(*rows, strict=True))
        return self.put_columns(columns) if columns else None

    def put_columns(self, columns: Columns) -> int:
        """Stage rows that are given column by column."""
        kind = next(self._kinds)
        self._rows.append((kind, columns))
        return kind

    def first(self, statement: str) -> None:
        """Add to what is done before anything is merged."""
        self._first.append(statement)

    def then(self, statement: str) -> None:
        """Add to what is merged."""
        self._then.append(statement)

    def merge(self, table: str, columns: str, rows: Iterable[Sequence[Any]], more: str) -> None:
        """Merge rows into an engine table.

        Args:
            table: The table.
            columns: Its columns, in the order of the values.
            rows: The rows; of no key twice where rows are updated.
            more: What is done on a conflict, such as `DO NOTHING`; empty for all columns anew.
        """
        kind = self.put(rows)
        if kind is None:
            return
        names = columns.split(", ")
        self.then(
            f"INSERT INTO {table} ({columns}) SELECT {_cast(table, names)} "
            f"FROM staged WHERE kind = {kind} ON CONFLICT {more or _replacing(table, names)}"
        )


def replacing(key: Sequence[str], columns: Iterable[str]) -> str:
    """What is done on a conflict of a key: these columns are as in the new row."""
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return f"({', '.join(key)}) DO UPDATE SET {changes}"


def _replacing(table: str, names: Sequence[str]) -> str:
    schema = table_named(table)
    return replacing(schema.primary_key, [one for one in names if one not in schema.primary_key])


def _cast(table: str, names: Sequence[str]) -> str:
    types = {one.name: POSTGRESQL.types[one.kind].split()[0] for one in table_named(table).parts}
    return casts([types[name] for name in names])


def casts(types: Sequence[str]) -> str:
    """The first columns of staged rows as these types."""
    return ", ".join(
        f"c{at}" if type_ == "text" else f"CAST(c{at} AS {type_})" for at, type_ in enumerate(types)
    )


def _together(parts: Sequence[str]) -> str:
    """Several statements as one; each sees what was there before all of them."""
    *some, last = parts
    named = ", ".join(f"part{at} AS ({part})" for at, part in enumerate(some))
    return f"WITH {named} {last}" if some else last


def _kept(column: Sequence[Any]) -> Sequence[Any]:
    """A column with its texts as they can be kept, nearly always just so."""
    text = "".join([one for one in column if one.__class__ is str])
    if "\0" in text or MARK in text:
        return [kept(one) for one in column]
    return column
