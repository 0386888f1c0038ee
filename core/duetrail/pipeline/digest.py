"""The digest: one number for what a store says, whatever way it came to say it.

Over the sorted rows of records and their children, links and open rejects. Runs, pages,
checkpoints, clocks of ours and plugin versions are left out, so that one worker and sixteen, a
full and an incremental run, an interrupted and a smooth one can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from duetrail.model import RECORDS
from duetrail.stores import Store, table_of
from duetrail.stores.rows import Table

_LINK = "connection, record, id, invoice_connection, invoice_id, how, rule"
_REJECT = "connection, resource, shape, key, json_path, reason, raw"


def digest(store: Store) -> str:
    """The SHA-256 of a store's content, as hexadecimal digits."""
    total = sha256()
    for line in _lines(store):
        total.update(msgspec.json.encode(line))
        total.update(b"\n")
    return total.hexdigest()


def _lines(store: Store) -> Iterator[list[Any]]:
    for record in RECORDS:
        table = table_of(record.table)
        for one in (table, *table.children.values()):
            yield from _table(store, one)
    yield from _rows(store, "links", _LINK)
    yield from _rows(store, "rejects", _REJECT)


def _table(store: Store, table: Table) -> Iterator[list[Any]]:
    identity = ", ".join(column.name for column in table.identity)
    columns = ", ".join(column.name for column in (*table.identity, *table.columns))
    return _rows(store, table.name, columns, identity)


def _rows(store: Store, table: str, columns: str, order: str | None = None) -> Iterator[list[Any]]:
    for row in store.select(f"SELECT {columns} FROM {table} ORDER BY {order or columns}"):
        yield [table, *row.values()]
