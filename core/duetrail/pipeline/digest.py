"""The digest: one number for what a store says, however it came to say it.

Over the sorted rows of records and their children, links and open rejects. Left out are runs,
pages, checkpoints, our own times and plugin versions, so that one worker and sixteen, a full and an
incremental run, an interrupted and an uninterrupted one can be compared. So are records that are
absent: a store that began later would never have seen them. A field that a later contract brought
counts only where there is something in it, so an upgrade changes no digest by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from duetrail.model import RECORDS
from duetrail.stores import CountQuery, LinkQuery, RecordQuery, Store, table_of
from duetrail.stores.canonical import comparable


def digest(store: Store) -> str:
    """The SHA-256 of a store's content, as hexadecimal digits."""
    total = sha256()
    for line in content(store):
        total.update(msgspec.json.encode(line))
        total.update(b"\n")
    return total.hexdigest()


def content(store: Store) -> Iterator[tuple[Any, ...]]:
    """Everything a store says, line by line in an order that depends on nothing else.

    Each line is a table's name and the values of a row. First every kind of record and, after it,
    its children, then links and open rejects. Records that are absent are left out, with what
    belongs to them: links from them, and links to them that no vendor named.
    """
    for record in RECORDS:
        yield from _records(store, record.table)
    for link in store.links(LinkQuery(is_present=True)):
        invoice = link.invoice
        yield ("links", *link.touch, invoice.connection, invoice.id, link.how.value, link.rule)
    for one in store.rejects():
        yield ("rejects", *one.identity, one.json_path, one.reason, one.raw)


def _records(store: Store, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a record table, then those of each table of children."""
    made, asked = table_of(table), RecordQuery(table, is_present=True)
    for row in store.records(asked._replace(is_bare=True)):
        values = made.known_first(comparable(table, row.values))
        yield (table, row.connection, row.id, *values)
    for child in made.children.values():
        for row in store.records(asked) if store.counts(CountQuery(child.name)) else ():
            for position, values in enumerate(row.children.get(child.name, ())):
                yield (child.name, row.connection, row.id, position, *child.known_first(values))
