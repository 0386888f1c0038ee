"""What changed since a run: records that are new, different, absent or gone, for whoever copies.

What is guaranteed: begin with 0, apply what is told in the order in which it is told, and ask next
time from the cursor that was given. Then nothing is lost, whatever was killed or goes on meanwhile.
What a run writes that goes on just now may be told again the next time, as it is then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from attrs import field, frozen

from duetrail.errors import UsageError, did_you_mean
from duetrail.model import BY_TABLE, Ref
from duetrail.stores import LinkQuery, RecordQuery, Row, Store
from duetrail.stores.logical import LINKS, logical_link, logical_row
from duetrail.stores.queries import RemovalQuery

ChangeKind = Literal["upsert", "absent", "delete"]

# Records in memory at once.
_PORTION = 500


@frozen
class RecordChange:
    """What became of one record.

    Attributes:
        kind: `upsert`: it is new, or different in its columns, children or links. `absent`: the
            same, but its vendor does not list it any more. `delete`: it is not stored any more.
        table: Its table.
        connection: Its connection.
        id: Its id; of a `delete` by erasure a salted hash of it, see
            `duetrail.stores.removals.is_removed`.
        run: The run that changed it last.
        row: Its columns in Python's types, with its children and `links`; None of a `delete`. A
            list in it is whole: what is not in it any more is gone.
    """

    kind: ChangeKind
    table: str
    connection: str
    id: str
    run: int
    row: Mapping[str, Any] | None = field(default=None, repr=False)


@frozen
class ChangeFeed:
    """The changes since a run, read while they are iterated over; once.

    Attributes:
        since: The run that was asked from.
        cursor: What to ask from next time, once all of these have been dealt with.
    """

    since: int
    cursor: int
    _changes: Iterator[RecordChange] = field(repr=False)

    def __iter__(self) -> Iterator[RecordChange]:
        """The changes, table by table: what is gone first, then the others by connection and id."""
        return self._changes


def changes(
    store: Store, since: int = 0, tables: Sequence[str] = (), connections: Sequence[str] = ()
) -> ChangeFeed:
    """What later runs than this one have changed.

    Args:
        store: Where records are.
        since: A run, or the cursor of the last call; 0 for everything.
        tables: Only these record tables; all if empty.
        connections: Only of these connections; of all if empty.

    Raises:
        UsageError: There is no such table, or there was no such run.
    """
    _refuse_unknown(tables)
    cursor = begin(store, since)
    names = [name for name in BY_TABLE if not tables or name in tables]
    owners: Sequence[str | None] = sorted(set(connections)) or [None]
    found = (
        change
        for table in names
        for owner in owners
        for change in _changes_of(store, table, owner, since)
    )
    return ChangeFeed(since, cursor, found)


def begin(store: Store, since: int) -> int:
    """The cursor of whoever begins now to read what changed since a run.

    It is asked for before anything is read: what a settled run wrote is there by then, and whatever
    is written later has a later run.

    Raises:
        UsageError: There was no such run.
    """
    last = next(store.runs(), None)
    newest = last.run if last else 0
    if not 0 <= since <= newest:
        raise UsageError(
            f"there was no run {since}: the last one is {newest}",
            hint="The store may be another one than before. Ask from 0 for everything.",
        )
    return store.settled_run()


def _changes_of(
    store: Store, table: str, connection: str | None, since: int
) -> Iterator[RecordChange]:
    # What was removed and is back is told as it is now, so removals come first.
    for gone in store.removals(RemovalQuery(table, since, connection)):
        yield RecordChange("delete", table, gone.connection, gone.id, gone.run)
    # Rows of before runs were noted have none: whoever asks from 0 gets all there is.
    asked = RecordQuery(table, connection, changed_since=since or None)
    for rows in _portions(store.records(asked)):
        links = _links(store, rows)
        for row in rows:
            kind: ChangeKind = "upsert" if row.absent_since is None else "absent"
            told = {**logical_row(row), LINKS: links.get(row.ref, [])}
            yield RecordChange(kind, table, row.connection, row.id, row.changed_run, told)


def _links(store: Store, rows: Iterable[Row]) -> dict[Ref, list[dict[str, str]]]:
    """The links of some records, in order."""
    found: dict[Ref, list[dict[str, str]]] = {}
    for link in store.links(LinkQuery(touches=[row.ref for row in rows])):
        found.setdefault(link.touch, []).append(logical_link(link))
    return found


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(islice(rows, _PORTION)):
        yield some


def _refuse_unknown(tables: Iterable[str]) -> None:
    for name in tables:
        if name not in BY_TABLE:
            known = ", ".join(BY_TABLE)
            raise UsageError(
                f"there is no record table {name!r}",
                hint=did_you_mean(name, BY_TABLE, f"There are: {known}."),
            )
