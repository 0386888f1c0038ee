"""What is exported: which tables, and their rows in chunks, as a store keeps their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, TypeVar

from attrs import frozen

from duetrail.errors import UsageError, did_you_mean
from duetrail.model import BY_TABLE, Link, Ref
from duetrail.pipeline.steps import Steps
from duetrail.stores import CountQuery, LinkQuery, RecordQuery, Row, Store, table_of
from duetrail.stores.queries import RemovalQuery
from duetrail.stores.schema import TableSchema, engine_tables, record_tables
from duetrail.stores.schema.records import owner_of

T = TypeVar("T")
Values = tuple[Any, ...]

LINKS = "links"
REMOVALS = "removals"

# Rows in memory at once.
_PORTION = 500


@frozen
class Chunk:
    """Some rows of a table.

    Attributes:
        table: The table.
        rows: The values of its columns (`TableSchema.parts`) in order, as a store keeps them:
            numbers, times and days as text, lists and addresses as JSON, flags as 0 and 1.
        owners: Where changes are asked for, the records that these are all rows of.
    """

    table: TableSchema
    rows: list[Values]
    owners: Sequence[Ref] = ()


@frozen
class TableSet:
    """Some tables.

    Attributes:
        records: The names of record tables; their children belong to them.
        has_links: Whether the links are among them.
    """

    records: tuple[str, ...]
    has_links: bool

    @classmethod
    def of(cls, names: Sequence[str] = ()) -> TableSet:
        """The tables of these names.

        Args:
            names: Record tables and `links`; all of them if empty.

        Raises:
            UsageError: There is no such table.
        """
        known = (*BY_TABLE, LINKS)
        for name in names:
            if name not in known:
                raise UsageError(
                    f"there is no table {name!r} to export",
                    hint=did_you_mean(name, known, f"There are: {', '.join(known)}."),
                )
        wanted = names or known
        return cls(tuple(name for name in BY_TABLE if name in wanted), LINKS in wanted)

    @property
    def schemas(self) -> tuple[TableSchema, ...]:
        """The tables, each record table followed by those of its children."""
        found = [one for one in record_tables() if owner_of(one) in self.records]
        return (*found, *([schema(LINKS)] if self.has_links else []))

    def steps(self, since: int) -> tuple[str, ...]:
        """What is read one after the other: record tables with their children, and `links`.

        Args:
            since: As for `chunks`: of what changed, the links of a record are read with it.
        """
        if since:
            return tuple(BY_TABLE) if self.has_links else self.records
        return (*self.records, *([LINKS] if self.has_links else []))

    def sizes(self, store: Store, connections: Sequence[str]) -> Mapping[str, int]:
        """How many rows each of these steps has in a full export."""
        found: Counter[str] = Counter()
        for table in self.schemas:
            for whose, count in store.counts(CountQuery(table.name)).items():
                if not connections or whose in connections:
                    found[owner_of(table)] += count
        return found


def schema(name: str) -> TableSchema:
    """A table by its name."""
    (found,) = (one for one in (*record_tables(), *engine_tables()) if one.name == name)
    return found


def chunks(
    store: Store,
    tables: TableSet,
    since: int,
    connections: Sequence[str],
    steps: Steps,
    sizes: Mapping[str, int],
) -> Iterator[Chunk]:
    """The rows of tables, or what of them was changed by later runs than one.

    What was changed is told record by record: all children and links of a record that changed, and
    first of all, as rows of `removals`, the records that are not stored any more.

    Args:
        store: Where they are.
        tables: Which.
        since: The run; 0 for everything.
        connections: Only of these connections; of all if empty.
        steps: Tells how far it is.
        sizes: How many rows there are in all, where that is known.
    """
    for name in tables.steps(since):
        with steps.table(name, sizes.get(name, 0)) as add:
            for chunk in _step(store, tables, name, since, connections):
                yield chunk
                add(len(chunk.rows))


def _step(
    store: Store, tables: TableSet, name: str, since: int, connections: Sequence[str]
) -> Iterator[Chunk]:
    if name == LINKS:
        yield from _every_link(store, connections)
        return
    whose: Sequence[str | None] = sorted(set(connections)) or [None]
    for connection in whose:
        if since:
            yield from _removals(store, name, since, connection)
        asked = RecordQuery(name, connection, changed_since=since or None)
        for rows in _portions(store.records(asked)):
            owners = [row.ref for row in rows] if since else []
            if name in tables.records:
                yield from _record_chunks(name, rows, owners)
            if since and tables.has_links:
                yield _links(store.links(LinkQuery(touches=owners)), owners)


def _every_link(store: Store, connections: Sequence[str]) -> Iterator[Chunk]:
    every = store.links(LinkQuery())
    kept = (link for link in every if not connections or link.touch.connection in connections)
    return map(_links, _portions(kept))


def _record_chunks(name: str, rows: list[Row], owners: Sequence[Ref]) -> Iterator[Chunk]:
    """Records, then their children."""
    values = [(r.connection, r.id, *r.values, r.absent_since, r.changed_run or None) for r in rows]
    yield Chunk(schema(name), values, owners)
    for child in table_of(name).children.values():
        found = [
            (row.connection, row.id, position, *values)
            for row in rows
            for position, values in enumerate(row.children.get(child.name, ()))
        ]
        if found or owners:
            yield Chunk(child.schema, found, owners)


def _removals(store: Store, name: str, since: int, connection: str | None) -> Iterator[Chunk]:
    found: Iterator[Values] = iter(store.removals(RemovalQuery(name, since, connection)))
    for rows in _portions(found):
        yield Chunk(schema(REMOVALS), rows)


def _links(links: Iterable[Link], owners: Sequence[Ref] = ()) -> Chunk:
    rows = [
        (*link.touch, link.invoice.connection, link.invoice.id, link.how.value, link.rule)
        for link in links
    ]
    return Chunk(schema(LINKS), rows, owners)


def _portions(rows: Iterable[T]) -> Iterator[list[T]]:
    found = iter(rows)
    for first in found:
        yield list(chain([first], islice(found, _PORTION - 1)))
