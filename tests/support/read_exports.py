"""Exports read back into a store, so that its digest can be compared with the first one's."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from duetrail.exports.tables import REMOVALS, TableSet, schema
from duetrail.model import RECORDS, Link, LinkKind, Ref
from duetrail.stores import Changes, LinkQuery, RecordQuery, Row, Store, open_store, table_of
from duetrail.stores.codecs import sqlite_codec, to_json
from duetrail.stores.removals import is_removed
from duetrail.stores.schema import ColumnSchema, Kind, TableSchema
from support.stored import mark

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]
"""Each table with its rows, which hold what a store keeps."""

Read = Callable[[Path, TableSchema], Rows]

SCHEMAS = (*TableSet.of().schemas, schema(REMOVALS))


# --- reading each form ----------------------------------------------------------------------------


def read_json_lines(file: Path, table: TableSchema) -> Rows:
    """The rows of a JSON lines file."""
    found = [
        json.loads(line, parse_float=Decimal)
        for line in file.read_text(encoding="utf-8").split("\n")[:-1]
    ]
    return [
        {part.name: _of_json(part, one.pop(part.name)) for part in table.parts} for one in found
    ]


def _of_json(column: ColumnSchema, value: Any) -> Any:
    if value is None:
        return None
    if column.kind is Kind.FLAG:
        return int(value)
    if column.kind in (Kind.LIST, Kind.ADDRESS, Kind.JSON):
        return to_json(value).decode()
    return value


_CELL = re.compile(r'"((?:[^"]|"")*)"(,|\r\n)|([^",\r\n]*)(,|\r\n)')


def read_csv(file: Path, table: TableSchema) -> Rows:
    """The rows of a CSV file; nothing at all is NULL, and an apostrophe in front is taken away."""
    lines: list[list[str | None]] = [[]]
    with file.open(newline="", encoding="utf-8") as opened:
        text = opened.read()
    at = 0
    while at < len(text):
        cell = _CELL.match(text, at)
        assert cell, text[at : at + 80]
        quoted, _, plain, _ = cell.groups()
        lines[-1].append(_text(quoted) if quoted is not None else plain or None)
        if cell[0].endswith("\n"):
            lines.append([])
        at = cell.end()
    headings, *rows = lines[:-1]
    assert headings == [part.name for part in table.parts]
    return [
        {part.name: _of_csv(part, cell) for part, cell in zip(table.parts, row, strict=True)}
        for row in rows
    ]


def _text(quoted: str) -> str:
    return quoted.replace('""', '"').removeprefix("'")


def _of_csv(column: ColumnSchema, cell: str | None) -> Any:
    if cell is None:
        return None
    if column.kind is Kind.FLAG:
        return int(cell == "true")
    return int(cell) if column.kind is Kind.WHOLE else cell


def of_arrow(rows: Any, table: TableSchema) -> Rows:
    """The rows of an Arrow table."""
    return [
        {part.name: _of_python(part, one[part.name]) for part in table.parts}
        for one in rows.to_pylist()
    ]


def _of_python(column: ColumnSchema, value: Any) -> Any:
    if value is None:
        return None
    if column.kind is Kind.ADDRESS:
        said = {name: text for name, text in sorted(value.items()) if text is not None}
        return to_json(said).decode()
    if column.kind in (Kind.ENUM, Kind.JSON):
        return value
    return sqlite_codec(column).encode(value)


# --- comparing ------------------------------------------------------------------------------------


def read_folder(folder: Path, read: Read, suffix: str) -> Tables:
    """An export to a folder."""
    return {
        table.name: read(file, table)
        for table in SCHEMAS
        if (file := folder / f"{table.name}{suffix}").exists()
    }


def stored(store: Store) -> Tables:
    """What a store holds, as an export would have it."""
    found: Tables = {table.name: [] for table in TableSet.of().schemas}
    for record in RECORDS:
        table = table_of(record.table)
        for row in store.records(RecordQuery(record.table)):
            values = (row.connection, row.id, *row.values, row.absent_since, row.changed_run)
            found[table.name].append(_named(table.schema, values))
            for child in table.children.values():
                for at, one in enumerate(row.children.get(child.name, ())):
                    named = _named(child.schema, (row.connection, row.id, at, *one))
                    found[child.name].append(named)
    for link in store.links(LinkQuery()):
        invoice = (link.invoice.connection, link.invoice.id)
        values = (*link.touch, *invoice, link.how.value, link.rule)
        found["links"].append(_named(schema("links"), values))
    return found


def apply(tables: Tables, changes: Mapping[str, Rows]) -> None:
    """Bring what changed into what was exported before, as docs/exports.md says."""
    for one in changes.get(REMOVALS, ()):
        _forget(tables, one["record"], lambda row, one=one: _is_owner(row, one))
    for record in RECORDS:
        keys = {(row["connection"], row["id"]) for row in changes[record.table]}
        _forget(tables, record.table, lambda row, keys=keys: row in keys)
    for name, rows in changes.items():
        if name != REMOVALS:
            tables[name] += rows


def _is_owner(row: tuple[str, str], removal: Mapping[str, Any]) -> bool:
    return row[0] == removal["connection"] and is_removed(removal["id"], row[1])


def _forget(tables: Tables, record: str, goes: Callable[[tuple[str, str]], bool]) -> None:
    """Remove records with their children and links."""
    table = schema(record)
    for name in (record, *table.children.values()):
        owner = schema(name).parent or "id"
        tables[name] = [row for row in tables[name] if not goes((row["connection"], row[owner]))]
    tables["links"] = [
        row
        for row in tables["links"]
        if row["record"] != record or not goes((row["connection"], row["id"]))
    ]


def store_of(tables: Tables, folder: Path, *, normal: bool = False) -> Store:
    """A new store with what was exported.

    Args:
        tables: The rows.
        folder: Where to make it.
        normal: Whether numbers are written without zeros at their end: Arrow has no others.
    """
    store = open_store("sqlite:///read-back.db", folder=folder, create=True)
    rows = [row for record in RECORDS for row in _rows(tables, record.table, normal)]
    links = {
        Link(
            Ref(one["connection"], one["record"], one["id"]),
            Ref(one["invoice_connection"], "invoices", one["invoice_id"]),
            LinkKind(one["how"]),
            one["rule"],
        )
        for one in tables["links"]
    }
    with store.transaction():
        store.apply(Changes(1, rows={row.ref: row for row in rows}, links=links))
        for row in rows:
            if row.absent_since:
                mark(store, row.ref, row.absent_since, 1)
    return store


def _rows(tables: Tables, name: str, normal: bool) -> Iterator[Row]:
    table = table_of(name)
    children: dict[Any, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for child in table.children.values():
        for one in sorted(tables[child.name], key=lambda row: row["position"]):
            owner = (one["connection"], one[child.parent])
            children[owner][child.name].append(_values(child.schema, one, normal)[3:])
    for one in tables[name]:
        *values, absent_since, _ = _values(table.schema, one, normal)[2:]
        below = {
            c: tuple(map(tuple, of)) for c, of in children[one["connection"], one["id"]].items()
        }
        yield Row(
            name, one["connection"], one["id"], tuple(values), below, absent_since=absent_since
        )


def _values(table: TableSchema, row: Mapping[str, Any], normal: bool) -> list[Any]:
    return [
        format(Decimal(row[part.name]).normalize(), "f")
        if normal and part.kind is Kind.NUMBER and row[part.name] is not None
        else row[part.name]
        for part in table.parts
    ]


def _named(table: TableSchema, values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip((part.name for part in table.parts), values, strict=True))
