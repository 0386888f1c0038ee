"""Rows as JSON: a schema for each record table, and values that keep every digit.

A row has the columns of its table, money as two (see `ColumnSchema.parts`). Children stand in it as
a list of objects, and so do its links to invoices. So a row is all there is of a record, and
replaces what a target had of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import msgspec

from duetrail.errors import UsageError, did_you_mean
from duetrail.model import RECORDS
from duetrail.stores.codecs import digits, moment, to_json
from duetrail.stores.logical import LINK, LINKS
from duetrail.stores.schema.records import tables_of
from duetrail.stores.schema.tables import ColumnSchema, Kind, TableSchema

IDENTITY = ("connection", "id")
"""The columns that tell a row from others of its table."""

TABLES: Mapping[str, tuple[TableSchema, ...]] = {
    tables[0].name: tables for tables in map(tables_of, RECORDS)
}
"""The tables that engines pass on, each with those of its children, by name."""

Types = Mapping[Kind, Mapping[str, Any]]
"""The JSON type of each kind of column, without null."""

_TEXT = {"type": "string"}
_ANY = {"type": ["object", "array", "string", "number", "boolean"]}

TYPES: Types = {
    Kind.TEXT: _TEXT,
    Kind.ENUM: _TEXT,
    Kind.NUMBER: _TEXT,
    Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.FLAG: {"type": "boolean"},
    Kind.WHOLE: {"type": "integer"},
    Kind.LIST: {"type": "array", "items": _TEXT},
    Kind.JSON: _ANY,
}
"""JSON types that every consumer understands; decimals are texts, so that no digit is lost."""


def require_streams(wanted: Iterable[str], tables: Iterable[str]) -> None:
    """Refuse a catalog that names a stream which the connection has not.

    Args:
        wanted: The names in the catalog.
        tables: The tables of the connection.

    Raises:
        UsageError: There is no such table; it says which there are.
    """
    known = list(tables)
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"the catalog has a stream {name!r} that the connection has not",
                hint=did_you_mean(name, known, f"It has {', '.join(known)}."),
            )


def row_schema(table: str, types: Types = TYPES) -> dict[str, Any]:
    """The JSON Schema of the rows of a record table.

    Args:
        table: Its name.
        types: The JSON types of an engine.
    """
    own, *children = TABLES[table]
    of_child = {child.name: child for child in children}
    properties = {column.name: _column(column, types) for column in own.parts}
    for field, name in own.children.items():
        properties[field] = _list(_child(of_child[name], types), of_child[name].help)
    properties[LINKS] = _list(_link(), "the invoices that it belongs to, or is the same as")
    return {"type": "object", "properties": properties, "required": list(IDENTITY)}


def json_row(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row in plain JSON values: decimals and times as text, digit by digit and in UTC.

    Args:
        table: The record table.
        row: Its values in logical types, children as lists of rows.
    """
    encoders = _ENCODERS[table]
    return {name: _encoded(encoders[name], value) for name, value in row.items()}


def columns_of_child(child: TableSchema) -> tuple[ColumnSchema, ...]:
    """The columns of a table of children without those that say whose they are."""
    return tuple(column for column in child.parts if column.name not in child.primary_key)


def _column(column: ColumnSchema, types: Types) -> dict[str, Any]:
    part = _address(column.type) if column.kind is Kind.ADDRESS else dict(types[column.kind])
    if column.nullable:
        kinds = part["type"]
        part["type"] = ["null", *([kinds] if isinstance(kinds, str) else kinds)]
    return {**part, "description": column.help}


def _address(class_: type[Any]) -> dict[str, Any]:
    names = [one.name for one in attrs.fields(class_)]
    return {
        "type": "object",
        "properties": {name: {"type": ["null", "string"]} for name in names},
    }


def _child(child: TableSchema, types: Types) -> dict[str, Any]:
    columns = columns_of_child(child)
    return {"type": "object", "properties": {c.name: _column(c, types) for c in columns}}


def _link() -> dict[str, Any]:
    return {"type": "object", "properties": {name: dict(_TEXT) for name in LINK}}


def _list(items: dict[str, Any], help: str) -> dict[str, Any]:
    return {"type": ["null", "array"], "items": items, "description": help}


# --- values --------------------------------------------------------------------------------------

_Encode = Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _structure(value: Any) -> Any:
    """A structure of the vendor's, its numbers digit by digit."""
    return msgspec.Raw(to_json(value))


_BY_KIND: Mapping[Kind, _Encode] = {
    Kind.NUMBER: digits,
    Kind.TIME: moment,
    Kind.DAY: str,
    Kind.ENUM: str,
    Kind.LIST: lambda words: [str(word) for word in words],
    Kind.JSON: _structure,
}


def _encoder(column: ColumnSchema) -> _Encode:
    return _BY_KIND.get(column.kind, _same)


def _encoded(encode: _Encode, value: Any) -> Any:
    return None if value is None else encode(value)


def _rows_encoder(encoders: Mapping[str, _Encode]) -> _Encode:
    def encode(rows: Any) -> Any:
        return [
            {name: _encoded(encoders[name], value) for name, value in row.items()} for row in rows
        ]

    return encode


def _encoders(tables: tuple[TableSchema, ...]) -> dict[str, _Encode]:
    own, *children = tables
    of_child = {
        child.name: _rows_encoder({c.name: _encoder(c) for c in columns_of_child(child)})
        for child in children
    }
    lists = {field: of_child[name] for field, name in own.children.items()}
    links = _rows_encoder(dict.fromkeys(LINK, _same))
    return {c.name: _encoder(c) for c in own.parts} | lists | {LINKS: links}


_ENCODERS = {name: _encoders(tables) for name, tables in TABLES.items()}
