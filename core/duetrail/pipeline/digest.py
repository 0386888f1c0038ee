"""The digest: one number for what a store says, whatever way it came to say it.

Over the sorted rows of records and their children, links and open rejects. Runs, pages,
checkpoints, clocks of ours and plugin versions are left out, so that one worker and sixteen, a
full and an incremental run, an interrupted and a smooth one can be compared. So are records that
are absent: a store that began later would never have met them.
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

# What a vendor names stays a link, be the invoice there or not; all others go with either end.
_PRESENT_LINK = (
    "NOT EXISTS (SELECT 1 FROM absent WHERE absent.connection = links.connection "
    "AND absent.record = links.record AND absent.id = links.id) "
    "AND (how = 'native' OR NOT EXISTS (SELECT 1 FROM absent "
    "WHERE absent.connection = invoice_connection AND absent.record = 'invoices' "
    "AND absent.id = invoice_id))"
)
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
        yield from _table(store, table, "absent_since IS NULL")
        for child in table.children.values():
            yield from _table(store, child, _has_parent(table, child))
    yield from _rows(store, "links", _LINK, _PRESENT_LINK)
    yield from _rows(store, "rejects", _REJECT)


def _has_parent(table: Table, child: Table) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {table.name} AS parent WHERE parent.absent_since IS NULL "
        f"AND parent.connection = {child.name}.connection "
        f"AND parent.id = {child.name}.{child.parent})"
    )


def _table(store: Store, table: Table, where: str) -> Iterator[list[Any]]:
    identity = ", ".join(column.name for column in table.identity)
    columns = ", ".join(column.name for column in (*table.identity, *table.columns))
    return _rows(store, table.name, columns, where, identity)


def _rows(
    store: Store, table: str, columns: str, where: str = "1 = 1", order: str | None = None
) -> Iterator[list[Any]]:
    sql = f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order or columns}"
    for row in store.select(sql):
        yield [table, *row.values()]
