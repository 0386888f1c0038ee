"""What an engine gave, read back into a store, so that it can be compared with a sync's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from duetrail.config import Config
from duetrail.model import Link, LinkKind, Ref
from duetrail.pipeline.digest import content
from duetrail.stores import Changes, Row, Store, open_store, table_of
from duetrail.stores.codecs import sqlite_codec, to_json
from duetrail.stores.rows import Table
from duetrail.stores.schema.tables import Kind
from duetrail.workspace import link_all

Mapped = Mapping[str, Any]


def row_of(table: str, given: Mapped) -> Row:
    """The row that an engine's mapping stands for, without the invoices that its vendor names."""
    made = table_of(table)
    children = made.children_of(
        {
            child.name: [_values(child, one) for one in given[name] or ()]
            for name, child in made.children.items()
        }
    )
    return Row(table, given["connection"], given["id"], _values(made, given), children)


def links_of(table: str, given: Mapped) -> Iterator[Link]:
    """Why a mapping says that its record belongs to invoices."""
    touch = Ref(given["connection"], table, given["id"])
    for one in given.get("links") or ():
        invoice = Ref(one["invoice_connection"], "invoices", one["invoice_id"])
        yield Link(touch, invoice, LinkKind(one["how"]), one["rule"])


def store_of(tables: Mapping[str, Iterable[Mapped]], folder: Path, config: Config) -> Store:
    """A new store with what an engine gave, linked by the rules of a configuration.

    Raises:
        AssertionError: A record came twice.
    """
    store = open_store("sqlite:///read-back.db", folder=folder, create=True)
    changes = Changes()
    for table, given in tables.items():
        for one in given:
            row = row_of(table, one)
            assert row.ref not in changes.rows, f"{row.ref} came twice"
            changes.rows[row.ref] = row
            changes.links |= set(links_of(table, one))
    with store.transaction():
        store.apply(changes)
    with store.exclusive():
        link_all(store, config, {name: config.connection(name) for name in config.connections}, 1)
    return store


def digest_of(store: Store, *tables: str) -> str:
    """The digest of a store's records and links; a number is its value, however many zeros it has.

    Args:
        store: The store.
        *tables: Record tables that count; by default all, and links with them.
    """
    total = sha256()
    for line in sorted(_lines(store, tables)):
        total.update(line + b"\n")
    return total.hexdigest()


def _lines(store: Store, tables: tuple[str, ...]) -> Iterator[bytes]:
    numbers = _numbers()
    for name, *values in content(store):
        if name != "rejects" if not tables else name in tables:
            told = [
                _plain(value) if at in numbers.get(name, ()) else value
                for at, value in enumerate(values)
            ]
            yield msgspec.json.encode((name, *told))


def _numbers() -> dict[str, set[int]]:
    """At which places of a line of each table a number stands."""
    from duetrail.model import RECORDS

    found = {}
    for record in RECORDS:
        table = table_of(record.table)
        for one, before in ((table, 2), *((child, 3) for child in table.children.values())):
            found[one.name] = {
                at + before for at, part in enumerate(_parts(one)) if part.kind is Kind.NUMBER
            }
    return found


def _plain(number: str | None) -> str | None:
    return None if number is None else format(Decimal(number).normalize(), "f")


def _parts(table: Table) -> list[Any]:
    return [part for one in table.fields for part in one.schema.parts]


def _values(table: Table, given: Mapped) -> tuple[Any, ...]:
    return tuple(_value(part, given[part.name]) for part in _parts(table))


def _value(part: Any, value: Any) -> Any:
    if value is None:
        return None
    if part.kind is Kind.ADDRESS:
        said = {name: text for name, text in sorted(value.items()) if text is not None}
        return to_json(said).decode()
    if part.kind is Kind.JSON:
        return value
    return sqlite_codec(part).encode(value)
