"""The tables as Arrow schemas, in Arrow's own JSON form; no Arrow library is needed.

The form is that of Arrow's integration tests, which every implementation reads.
"""

from __future__ import annotations

from typing import Any

import attrs

from duetrail.stores.schema.engine import engine_tables
from duetrail.stores.schema.records import record_tables
from duetrail.stores.schema.tables import ColumnSchema, Kind, TableSchema

# Digits that common readers of Arrow take: 20 before the point and 18 behind it. An amount with
# more has no place in it and must be refused, never rounded.
_PRECISION, _SCALE = 38, 18

_TEXT = {"name": "utf8"}
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: _TEXT,
    Kind.TIME: {"name": "timestamp", "unit": "MICROSECOND", "timezone": "UTC"},
    Kind.DAY: {"name": "date", "unit": "DAY"},
    Kind.FLAG: {"name": "bool"},
    Kind.WHOLE: {"name": "int", "bitWidth": 64, "isSigned": True},
    Kind.NUMBER: {"name": "decimal", "bitWidth": 128, "precision": _PRECISION, "scale": _SCALE},
    Kind.ENUM: _TEXT,
    Kind.LIST: {"name": "list"},
    Kind.ADDRESS: {"name": "struct"},
    Kind.JSON: _TEXT,
    Kind.BYTES: {"name": "binary"},
}


def arrow_schemas() -> dict[str, dict[str, Any]]:
    """The Arrow schema of each table by its name."""
    return {table.name: arrow_schema(table) for table in (*record_tables(), *engine_tables())}


def arrow_schema(table: TableSchema) -> dict[str, Any]:
    """The Arrow schema of a table: its fields, and what they mean as metadata."""
    return {
        "fields": [_field(column) for column in table.parts],
        "metadata": _description(table.help),
    }


def _field(column: ColumnSchema) -> dict[str, Any]:
    return {
        "name": column.name,
        "nullable": column.nullable,
        "type": _TYPES[column.kind],
        "children": _children(column),
        "metadata": _description(column.help),
    }


def _children(column: ColumnSchema) -> list[dict[str, Any]]:
    """What lists and addresses are made of: text."""
    if column.kind is Kind.LIST:
        return [_field(ColumnSchema("item", Kind.TEXT, nullable=False))]
    if column.kind is Kind.ADDRESS:
        return [
            _field(ColumnSchema(part.name, Kind.TEXT, part.metadata.get("help", "")))
            for part in attrs.fields(column.type)
        ]
    return []


def _description(text: str) -> list[dict[str, str]]:
    return [{"key": "description", "value": text}] if text else []
