"""Values that are too long for a store's indexes: their items are set aside, and the rest goes on.

SQLite takes any length. PostgreSQL has a limit for what is looked up, such as an invoice's number;
a store that has one says so by the methods `too_long` and `is_too_long_key`. A key that is too long
is not asked, and told at its resource: how far it has come could not be noted.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from duetrail.errors import BadItem, Incomplete
from duetrail.pipeline.batch import Batch, Mapped
from duetrail.pipeline.documents import content_hash
from duetrail.pipeline.rejecting import rejected
from duetrail.stores import Row, Store

TooLong = Callable[[Row, str], str | None]
"""Of a row and what it stood in, the column that is too long; None where none is."""


def without_too_long(batch: Batch, store: Store) -> Batch:
    """The batch with items as rejects of which the store cannot keep a value in an index."""
    too_long: TooLong | None = getattr(store, "too_long", None)
    if too_long is None:
        return batch
    found = {one: column for one in batch.mapped if (column := _column(one, too_long))}
    if not found:
        return batch
    for one in found:  # as of any reject: it is looked at again when it is seen next
        one.document.hash = content_hash(one.document.hash)
    refused = [
        rejected(one.found, batch.resource, batch.shard, _reason(column), one.document)
        for one, column in found.items()
    ]
    return evolve(
        batch,
        mapped=tuple(one for one in batch.mapped if one not in found),
        rejected=(*batch.rejected, *refused),
    )


def too_long_key(key: str, store: Store) -> Incomplete | None:
    """What is wrong with a key that the store cannot look up; None where nothing is."""
    is_too_long: Callable[[str], bool] | None = getattr(store, "is_too_long_key", None)
    if is_too_long is None or not is_too_long(key):
        return None
    return Incomplete(
        f"it was not asked: with {len(key):,} letters it is too long to be looked up in this store",
        hint="A SQLite store takes keys of any length.",
    )


def _column(mapped: Mapped, too_long: TooLong) -> str | None:
    columns = (too_long(row, mapped.within) for row in mapped.rows)
    return next((column for column in columns if column is not None), None)


def _reason(column: str) -> BadItem:
    return BadItem(f"its {column} is too long to be looked up in this store")
