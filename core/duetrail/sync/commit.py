"""Commit a batch: what is new, what changed, what stays; all of it and the checkpoint, or nothing.

The newest copy of a record per shape is kept; the record is folded from its copies by the rank of
their shapes. So the outcome does not depend on the order in which shapes arrive, and the same
answer twice writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from attrs import evolve, field, frozen

from duetrail.model import How, Link, Ref
from duetrail.model.records import BY_TABLE
from duetrail.plugins import Plugin
from duetrail.source import Connection, Resource
from duetrail.stores import Copy, Row, Store, StoredPage, moment
from duetrail.sync.fold import fold
from duetrail.sync.mapping import Batch, Mapped
from duetrail.sync.rejects import Rejects

_Identity = tuple[Ref, str, str]


@frozen
class Outcome:
    """What one batch came to.

    Attributes:
        items: Items on the page: the sum of the four below.
        mapped: Items that were new or changed.
        unchanged: Items the store already had just so.
        rejected: Items set aside.
        skipped: Items left out, by reason.
        records: Record rows written, by table.
        links: Links added or removed.
        rejects: Rejects opened, changed or closed.
        pages: Pages kept: 1 or 0.
    """

    items: int = 0
    mapped: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: Counter[str] = field(factory=Counter)
    records: Counter[str] = field(factory=Counter)
    links: int = 0
    rejects: int = 0
    pages: int = 0


@frozen
class Checkpoint:
    """How a shard ended, committed with its last page.

    Attributes:
        connection: Whose shard.
        resource: Of which resource.
        shard: Its name.
        state: `done`, `unknown` (the vendor does not know the key), `failed` or `incomplete`.
    """

    connection: str
    resource: str
    shard: str
    state: str


class Committer:
    """The one thread's hand on the store during a run.

    Args:
        store: Where to write.
        run: The number of the run.
        plugins: The plugin of each connection, for the version on rejects.
    """

    def __init__(self, store: Store, run: int, plugins: Mapping[str, Plugin]) -> None:
        self._store = store
        self._run = run
        self._rejects = Rejects(store, run, plugins)

    def commit(self, batch: Batch | None, checkpoint: Checkpoint | None = None) -> Outcome:
        """Write a page's records, links, rejects and the page itself, and the checkpoint, at once.

        Raises:
            StoreError: Nothing of it was written.
        """
        with self._store.transaction():
            outcome = self._batch(batch) if batch else Outcome()
            if checkpoint:
                self._store.put_checkpoint(
                    checkpoint.connection,
                    checkpoint.resource,
                    checkpoint.shard,
                    self._run,
                    checkpoint.state,
                )
                if checkpoint.state == "done":
                    gone = self._rejects.close_unseen(
                        checkpoint.connection, checkpoint.resource, checkpoint.shard
                    )
                    outcome = evolve(outcome, rejects=outcome.rejects + gone)
        return outcome

    def _batch(self, batch: Batch) -> Outcome:
        newest, older = _newest(batch.mapped)
        known = self._known(batch, newest)
        changed, same, stale = [], 0, older
        for mapped in newest:
            before = known.get(_identity(batch.resource, mapped))
            verdict = _verdict(mapped, before, self._run)
            if verdict == "changed":
                changed.append(mapped)
            same += verdict == "same"
            stale += verdict == "older"
        news = self._rejects.news(batch)
        page = self._keep(batch) if changed or news else 0
        rows, records = self._write(batch, changed, page)
        links = self._link(batch, rows)
        self._rejects.write(batch, news, page)
        rejects = len(news) + self._rejects.close_mapped(batch)
        skipped = Counter(batch.skipped)
        if stale:
            skipped["an older copy of what is stored"] += stale
        repeated = len(batch.mapped) - len(newest) - older
        return Outcome(
            items=len(batch.mapped) + len(batch.rejected) + batch.skipped.total(),
            mapped=len(changed),
            unchanged=same + repeated,
            rejected=len(batch.rejected),
            skipped=skipped,
            records=records,
            links=links,
            rejects=rejects,
            pages=1 if page else 0,
        )

    # --- records

    def _known(self, batch: Batch, newest: Iterable[Mapped]) -> dict[_Identity, Copy]:
        ids: dict[str, set[str]] = {}
        for mapped in newest:
            ids.setdefault(mapped.rows[0].table, set()).add(mapped.rows[0].id)
        return {
            (copy.ref, copy.resource, copy.shape): copy
            for table, group in ids.items()
            for copy in self._store.copies(table, batch.connection.name, group)
        }

    def _write(
        self, batch: Batch, changed: list[Mapped], page: int
    ) -> tuple[list[Row], Counter[str]]:
        retracted = self._retract(batch, changed)
        rows = []
        for mapped in changed:
            for number, row in enumerate(mapped.rows):
                copy = _copy(batch.resource, mapped, row, number, page, self._run)
                rows.append(self._fold(batch.connection, copy, row))
        return rows, self._put(batch.connection, rows) + retracted

    def _put(self, connection: Connection, rows: list[Row]) -> Counter[str]:
        """Write the rows that differ from what is stored."""
        latest = {row.ref: row for row in rows}
        written: Counter[str] = Counter()
        for table in {row.table for row in rows}:
            group = {ref.id: row for ref, row in latest.items() if ref.record == table}
            stored = self._store.rows(table, connection.name, group)
            differing = [row for id, row in group.items() if row != stored.get(id)]
            self._store.put_rows(differing)
            written[table] += len(differing)
        return +written

    def _fold(self, connection: Connection, copy: Copy, row: Row) -> Row:
        """Keep the copy; the record from all copies of it."""
        shapes = connection.source.shapes_of(BY_TABLE[row.table])
        if copy.item is not None or len(shapes) == 1:
            self._store.put_copies([copy])
            return row
        copies = [evolve(copy, body=row.body().decode())] + [
            self._with_body(other)
            for other in self._store.copies(row.table, connection.name, [row.id])
            if (other.resource, other.shape) != (copy.resource, copy.shape)
        ]
        self._store.put_copies(copies)
        bodies = {(c.resource, c.shape): c.body or "" for c in copies}
        return fold(
            (shape, Row.from_body(row.ref, bodies[resource.name, shape.name]))
            for resource, shape in shapes
            if (resource.name, shape.name) in bodies
        )

    def _with_body(self, copy: Copy) -> Copy:
        """A copy that was alone so far is the record as it stands."""
        if copy.body is not None:
            return copy
        row = self._store.rows(copy.ref.record, copy.ref.connection, [copy.ref.id])[copy.ref.id]
        return evolve(copy, body=row.body().decode())

    def _retract(self, batch: Batch, changed: list[Mapped]) -> Counter[str]:
        """Remove derived records that changed items no longer give rise to."""
        removed: Counter[str] = Counter()
        for shape in {m.shape for m in changed if m.shape.derives}:
            items = {m.item: {row.ref for row in m.rows} for m in changed if m.shape is shape}
            derived = self._store.derived_copies(
                batch.connection.name, batch.resource.name, shape.name, items
            )
            gone = [copy for copy in derived if copy.ref not in items[copy.item or ""]]
            self._store.drop_copies(gone)
            self._store.drop_rows(copy.ref for copy in gone)
            removed.update(copy.ref.record for copy in gone)
        return removed

    # --- links

    def _link(self, batch: Batch, rows: list[Row]) -> int:
        """Add the links a page shows; drop native ones their touch no longer names."""
        shown = {link for mapped in batch.mapped for link in mapped.links}
        named = {row.ref: set(row.invoices) for row in rows}
        stored: set[Link] = set()
        touches = {link.touch for link in shown} | set(named)
        for table in {touch.record for touch in touches}:
            ids = [touch.id for touch in touches if touch.record == table]
            stored |= self._store.links(table, batch.connection.name, ids)
        gone = {link for link in stored if _outdated(link, named)}
        added = {link for link in shown - stored if not _outdated(link, named)}
        self._store.put_links(added)
        self._store.drop_links(gone)
        return len(added) + len(gone)

    def _keep(self, batch: Batch) -> int:
        return self._store.put_page(
            StoredPage(
                connection=batch.connection.name,
                resource=batch.resource.name,
                shard=batch.shard.name,
                run=self._run,
                url=batch.page.url,
                status=batch.page.status,
                received_at=moment(datetime.now(UTC)),
                body=batch.page.body,
            )
        )


def _newest(mapped: Iterable[Mapped]) -> tuple[list[Mapped], int]:
    """The newest copy of each object on a page, and how many differing older ones there were."""
    best: dict[tuple[str, str], Mapped] = {}
    older = 0
    for item in mapped:
        key = (item.shape.name, item.item)
        before = best.get(key)
        if before is None:
            best[key] = item
        elif before.hash != item.hash:
            older += 1
            best[key] = max(before, item, key=lambda m: (m.version or "", m.hash))
    return list(best.values()), older


def _verdict(mapped: Mapped, before: Copy | None, run: int) -> str:
    if before is None:
        return "changed"
    if before.hash == mapped.hash:
        return "same"
    new, old = mapped.version or "", before.version or ""
    if new != old:
        return "changed" if new > old else "older"
    # Two differing copies of one version: the later run has the later word; within a run the
    # greater hash, so that the order in which workers finish does not matter.
    return "changed" if run > before.run or mapped.hash > before.hash else "older"


def _copy(resource: Resource, mapped: Mapped, row: Row, number: int, page: int, run: int) -> Copy:
    return Copy(
        ref=row.ref,
        resource=resource.name,
        shape=mapped.shape.name,
        item=mapped.item if number else None,
        version=mapped.version,
        hash=mapped.hash,
        page=page,
        path=mapped.path,
        run=run,
    )


def _identity(resource: Resource, mapped: Mapped) -> _Identity:
    return (mapped.rows[0].ref, resource.name, mapped.shape.name)


def _outdated(link: Link, named: dict[Ref, set[Ref]]) -> bool:
    return link.how is How.NATIVE and link.invoice not in named.get(link.touch, {link.invoice})
