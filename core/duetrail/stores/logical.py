"""Logical rows: what a store keeps of a record, as plain Python values.

Decimals, aware times in UTC, days, lists and mappings, named like the columns of
`duetrail.stores.schema`; the same whichever store it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import attrs

from duetrail.model import Link
from duetrail.stores.codecs import sqlite_codec
from duetrail.stores.rows import Row, Table, Values, table_of
from duetrail.stores.schema.records import ABSENT_SINCE
from duetrail.stores.schema.tables import ColumnSchema, Kind

Decode = Callable[[Any], Any]

LINKS = "links"
"""The key of a row under which its links stand."""

LINK = ("invoice_connection", "invoice_id", "how", "rule")
"""The parts of a link that stands in the row of its touch."""

_decode_time = sqlite_codec(ABSENT_SINCE).decode


def logical_row(row: Row) -> dict[str, Any]:
    """A record as a mapping: its columns by name, and its children as lists of mappings.

    Children stand under the name of their field, such as `lines`, in order.
    """
    return logical_record(row) | {
        "absent_since": absent_since(row),
        "changed_run": row.changed_run,
    }


def logical_record(row: Row) -> dict[str, Any]:
    """The same, without what only a store knows of a record."""
    table = table_of(row.table)
    return {
        "connection": row.connection,
        "id": row.id,
        **_named(table, row.values),
        **{
            field: [_named(child, values) for values in row.children.get(child.name, ())]
            for field, child in table.children.items()
        },
    }


def logical_link(link: Link) -> dict[str, str]:
    """A link as a mapping, for the row of its touch."""
    invoice = link.invoice
    parts = (invoice.connection, invoice.id, link.how.value, link.rule)
    return dict(zip(LINK, parts, strict=True))


def absent_since(row: Row) -> Any:
    """Since when a record is absent, as an aware time; None where it is not."""
    return None if row.absent_since is None else _decode_time(row.absent_since)


def logical_values(table: Table, values: Values) -> list[Any]:
    """The values of a table's columns behind its identity, in order."""
    return [
        None if value is None else decode(value)
        for decode, value in zip(_decoders(table), values, strict=True)
    ]


def _named(table: Table, values: Values) -> dict[str, Any]:
    names = (column.name for column in table.columns)
    return dict(zip(names, logical_values(table, values), strict=True))


@cache
def _decoders(table: Table) -> tuple[Decode, ...]:
    return tuple(_decoder(part) for one in table.fields for part in one.schema.parts)


def _decoder(column: ColumnSchema) -> Decode:
    decode = sqlite_codec(column).decode
    if column.kind is Kind.ADDRESS:
        return lambda text: attrs.asdict(decode(text))
    if column.kind is Kind.ENUM:
        return lambda text: str(decode(text))
    if column.kind is Kind.LIST:
        return lambda text: [str(one) for one in decode(text)]
    return decode
