"""The tables as they were at the end of a day, read from history under their own names.

In the query of a metric these stand before everything else, each under the name of a table: what
reads `invoices` then reads what invoices were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Protocol

from duetrail.stores.logical import LINK
from duetrail.stores.metrics.chosen import is_chosen
from duetrail.stores.schema.records import owner_of, record_tables
from duetrail.stores.schema.statements import POSTGRESQL
from duetrail.stores.schema.tables import ColumnSchema, Kind, TableSchema

_WORD = re.compile(r"\w+")


class _Json(Protocol):
    """How a database reads JSON."""

    place: str

    def value(self, column: ColumnSchema, object_: str) -> str:
        """A column of an object, with the type that its table has it in."""

    def listed(self, key: str) -> str:
        """What joins the elements of a list of `h.content`, as `k.value`; `place` counts from 0."""


class _SqliteJson:
    place = "k.key"

    def value(self, column: ColumnSchema, object_: str) -> str:
        return f"json_extract({object_}, '$.{column.name}')"

    def listed(self, key: str) -> str:
        return f"JOIN json_each(h.content, '$.{key}') AS k"


class _PostgresJson:
    place = "k.place - 1"

    def value(self, column: ColumnSchema, object_: str) -> str:
        type_, _, collation = POSTGRESQL.types[column.kind].partition(" ")
        text = f"({object_} ->> '{column.name}')"
        if column.kind is Kind.FLAG:
            text = f"CAST({text} AS integer)"
        return f"CAST({text} AS {type_}) {collation}".rstrip()

    def listed(self, key: str) -> str:
        return (
            f"CROSS JOIN LATERAL jsonb_array_elements(h.content -> '{key}') "
            "WITH ORDINALITY AS k (value, place)"
        )


_JSON: dict[str, _Json] = {"sqlite": _SqliteJson(), "postgresql": _PostgresJson()}


def tables_as_of(
    day: date, sql: str, dialect: str, connections: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """The tables that a query reads, each with the query of what it was.

    Args:
        day: The day to whose end, in UTC.
        sql: The query.
        dialect: `sqlite` or `postgresql`.
        connections: Of these connections; of all if empty.
    """
    words = set(_WORD.findall(sql))
    json = _JSON[dialect]
    chosen = is_chosen(connections, "h.connection")
    for table in record_tables():
        if table.name in words:
            yield table.name, f"{_table(table, words, json, day)} AND {chosen}"
    if "links" in words:
        yield "links", _links(json, day)


def _table(table: TableSchema, words: set[str], json: _Json, day: date) -> str:
    owner = owner_of(table)
    is_child = table.parent is not None
    object_ = "k.value" if is_child else "h.content"
    own = [one for one in table.parts if one.name in words and one.name not in table.primary_key]
    columns = [f"{json.value(one, object_)} AS {one.name}" for one in own]
    identity = "h.connection, h.id"
    if is_child:
        identity += f" AS {table.parent}, {json.place} AS position"
    join = json.listed(table.name) if is_child else ""
    return (
        f"SELECT {', '.join([identity, *columns])}\nFROM history AS h {join}\n{_then(owner, day)}"
    )


def _links(json: _Json, day: date) -> str:
    parts = ", ".join(
        f"{json.value(ColumnSchema(name, Kind.TEXT), 'k.value')} AS {name}" for name in LINK
    )
    return (
        f"SELECT h.connection, h.record, h.id, {parts}\nFROM history AS h {json.listed('links')}\n"
        f"{_then(None, day)}"
    )


def _then(record: str | None, day: date) -> str:
    """The states that were valid at the end of a day."""
    end = f"'{(day + timedelta(days=1)).isoformat()}T00:00:00.000000Z'"
    of = f"h.record = '{record}' AND " if record else ""
    return f"WHERE {of}h.valid_from < {end} AND (h.valid_to IS NULL OR h.valid_to >= {end})"
