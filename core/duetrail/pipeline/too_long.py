"""Values that are too long for a store's indexes: their items are set aside, and the rest goes on.

SQLite takes any length. PostgreSQL has a limit for what is looked up, such as an invoice's number;
a store that has one says so by a method `too_long`.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from duetrail.errors import BadItem
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


def _column(mapped: Mapped, too_long: TooLong) -> str | None:
    columns = (too_long(row, mapped.within) for row in mapped.rows)
    return next((column for column in columns if column is not None), None)


def _reason(column: str) -> BadItem:
    return BadItem(f"its {column} is too long to be looked up in this store")
