"""What a target has of what an engine passed on, read back: rows in its own types, as a store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from duetrail.engines.row_schemas import TABLES, columns_of_child
from duetrail.model import Link, LinkKind, Ref
from duetrail.stores import Changes, Store, open_store
from duetrail.stores.codecs import to_json
from duetrail.stores.logical import LINKS
from duetrail.stores.schema.tables import ColumnSchema, Kind
from support.read_back import row_of

Mapped = Mapping[str, Any]


def store_of_target(tables: Mapping[str, Iterable[Mapped]], folder: Path) -> Store:
    """A new store with what a target has, without what it knows to be absent.

    Args:
        tables: The rows of each record table, in whatever types the target gives them.
        folder: Where to make it.

    Raises:
        AssertionError: A record is there twice.
    """
    store = open_store("sqlite:///target.db", folder=folder, create=True)
    found = [(table, logical(table, row)) for table, rows in tables.items() for row in rows]
    absent = {_ref(table, row) for table, row in found if row["absent_since"] is not None}
    changes = Changes()
    for table, row in found:
        if _ref(table, row) in absent:
            continue
        assert _ref(table, row) not in changes.rows, f"{_ref(table, row)} is there twice"
        changes.rows[_ref(table, row)] = row_of(table, {**row, LINKS: ()})
        changes.links |= {
            link
            for link in _links(_ref(table, row), row[LINKS])
            if link.how is LinkKind.NATIVE or link.invoice not in absent
        }
    with store.transaction():
        store.apply(changes)
    return store


def logical(table: str, row: Mapped) -> dict[str, Any]:
    """A row in Python's types, from what a target gives: texts, naive times in UTC, JSON.

    A column that may hold any JSON has to be parsed already: a text in it is a text.
    """
    own, *children = TABLES[table]
    columns = {child.name: columns_of_child(child) for child in children}
    lists = {
        field: [_values(columns[name], _json(one)) for one in _json(row[field]) or ()]
        for field, name in own.children.items()
    }
    links = [_json(link) for link in _json(row[LINKS]) or ()]
    return {**_values(own.parts, row), **lists, LINKS: links}


def _ref(table: str, row: Mapped) -> Ref:
    return Ref(row["connection"], table, row["id"])


def _links(touch: Ref, given: Iterable[Mapped]) -> Iterator[Link]:
    for one in given:
        invoice = Ref(one["invoice_connection"], "invoices", one["invoice_id"])
        yield Link(touch, invoice, LinkKind(one["how"]), one["rule"] or "")


def _values(columns: Iterable[ColumnSchema], row: Mapped) -> dict[str, Any]:
    return {one.name: _value(one.kind, row.get(one.name)) for one in columns}


def _value(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind is Kind.TIME:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if kind is Kind.DAY:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if kind is Kind.NUMBER:
        assert not isinstance(value, float), "a float is no exact number"
        return Decimal(value)
    if kind is Kind.JSON:
        return to_json(value).decode()
    if kind in (Kind.LIST, Kind.ADDRESS):
        return _json(value)
    return value


def _json(value: Any) -> Any:
    return json.loads(value, parse_float=Decimal) if isinstance(value, str) else value
