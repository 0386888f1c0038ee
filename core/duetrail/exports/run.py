"""One export, from a store to a target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from duetrail.exports.tables import TableSet, chunks
from duetrail.exports.targets import Target
from duetrail.exports.writers import writer
from duetrail.pipeline.change_feed import begin
from duetrail.pipeline.events import Observer
from duetrail.pipeline.steps import Steps
from duetrail.stores import Store


@frozen
class Exported:
    """What an export came to.

    Attributes:
        since: The run that it asked from; 0 for everything.
        cursor: What the next one asks from.
        rows: How many rows of each table were written.
    """

    since: int
    cursor: int
    rows: Mapping[str, int]


def export(
    store: Store,
    target: Target,
    since: int = 0,
    tables: Sequence[str] = (),
    connections: Sequence[str] = (),
    write_line: Callable[[str], object] = print,
    observer: Observer | None = None,
) -> Exported:
    """Bring tables to a target: all of it, or nothing and what stood there stays.

    Args:
        store: Where from.
        target: Where to.
        since: Only what was changed by later runs than this one; 0 for everything.
        tables: Only these record tables, with their children, and `links`; all if empty.
        connections: Only of these connections; of all if empty.
        write_line: Writes a line to stdout, where that is the target.
        observer: Hears about progress.

    Raises:
        UsageError: There is no such table or run, or a library is missing.
        StoreError: The store cannot be read, or the target cannot be written.
    """
    chosen = TableSet.of(tables)
    cursor = begin(store, since)
    to = writer(target, chosen, since, connections, write_line)
    rows: Counter[str] = Counter({table.name: 0 for table in chosen.schemas})
    try:
        with Steps(observer, len(chosen.steps(since))) as steps:
            sizes = {} if since or observer is None else chosen.sizes(store, connections)
            for chunk in chunks(store, chosen, since, connections, steps, sizes):
                to.write(chunk)
                rows[chunk.table.name] += len(chunk.rows)
            to.finish(cursor, dict(rows))
    except BaseException:
        to.abort()
        raise
    return Exported(since, cursor, dict(rows))
