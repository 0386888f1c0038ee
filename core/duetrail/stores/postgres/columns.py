"""Columns of record tables on their way to PostgreSQL and back: a row has the values of SQLite's.

Rows are staged as texts, and several kinds of rows are read by one statement as lists of texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from duetrail.stores.postgres.texts import AS_JSON_TEXT, is_jsonb, jsonb_of, of_jsonb
from duetrail.stores.rows import Table, Values
from duetrail.stores.schema.statements import POSTGRESQL
from duetrail.stores.schema.tables import Kind

_JSON = (Kind.LIST, Kind.ADDRESS, Kind.JSON)

# What makes of a column the text that the store writes.
_AS_TEXT = {
    Kind.TIME: """to_char({}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    Kind.FLAG: "CAST(CAST({} AS integer) AS text)",
    **dict.fromkeys(_JSON, AS_JSON_TEXT),
}
_OTHER = "CAST({} AS text)"
_FROM_TEXT: dict[Kind, Callable[[str], Any]] = {
    Kind.FLAG: int,
    Kind.WHOLE: int,
    **dict.fromkeys(_JSON, of_jsonb),
}


@cache
def kinds(table: Table) -> tuple[Kind, ...]:
    """The kinds of a table's columns, without those of its primary key."""
    known = {part.name: part.kind for part in table.schema.parts}
    return tuple(known[column.name] for column in table.columns)


@cache
def types(table: Table) -> tuple[str, ...]:
    """The types of all columns of a table that rows have values for."""
    known = {part.name: POSTGRESQL.types[part.kind] for part in table.schema.parts}
    return tuple(known[column.name].split()[0] for column in (*table.identity, *table.columns))


@cache
def as_list(table: Table) -> str:
    """SQL for the columns of a row as one list of texts."""
    pairs = zip(table.columns, kinds(table), strict=True)
    parts = [_AS_TEXT.get(kind, _OTHER).format(f"t.{column.name}") for column, kind in pairs]
    return f"ARRAY[{', '.join(parts)}]"


def as_time(column: str) -> str:
    """SQL for a time as the store writes it."""
    return _AS_TEXT[Kind.TIME].format(column)


def values_of(table: Table, texts: Sequence[str | None]) -> Values:
    """The values of a row from its list of texts."""
    return tuple(
        text if text is None or kind not in _FROM_TEXT else _FROM_TEXT[kind](text)
        for text, kind in zip(texts, kinds(table), strict=True)
    )


def column_out(kind: Kind, values: Sequence[Any]) -> Sequence[Any]:
    """The values of a column as they are staged."""
    if kind not in _JSON:
        return values
    # Only JSON of any kind has numbers; of texts it is seldom that one has to be looked at.
    if kind is not Kind.JSON and is_jsonb("".join(filter(None, values))):
        return values
    return [None if value is None else jsonb_of(value) for value in values]
