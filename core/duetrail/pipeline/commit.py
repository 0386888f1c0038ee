"""Commit a batch: what is new, what changed, what stays; all of it and the checkpoint, or nothing.

The same answer twice writes nothing: each copy is known by a hash over what the vendor sent and
what was made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from attrs import evolve, field, frozen

from duetrail.errors import Incomplete
from duetrail.model import How, Link, Ref
from duetrail.pipeline.absence import Absence, Losses
from duetrail.pipeline.contacts import ERASED
from duetrail.pipeline.mapping import Batch, Mapped
from duetrail.pipeline.mass_loss import MassLoss, MassLossCheck
from duetrail.pipeline.merging import Merger, body_of
from duetrail.pipeline.plan import WHOLE, WITHHELD, Node, key_of
from duetrail.pipeline.rejects import Rejects
from duetrail.pipeline.suppression import Suppression
from duetrail.plugins import Plugin
from duetrail.source import Connection, Resource
from duetrail.stores import Checkpoint, Copy, Known, Row, Store, StoredPage, from_line, moment

_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode

_OLDER = "an older copy of what is stored"

# Links by where a touch stands. What is derived from it stands there, too.
_OF_PLACES = (How.CONTAINED, How.KEYED)


@frozen
class Outcome:
    """What one batch came to.

    Attributes:
        items: Items on the page: the sum of the four below.
        mapped: Items that were new or changed.
        unchanged: Items the store already had just so.
        rejected: Items set aside.
        skipped: Items left out, by reason.
        records: Record rows written or removed, by table.
        links: Links added or removed.
        rejects: Rejects opened or closed.
        pages: Pages kept: 1 or 0.
        absent: Records marked absent.
        present: Records that were absent and are not any more.
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
    absent: int = 0
    present: int = 0


class Committer:
    """The one thread's hand on the store during a run.

    Args:
        store: Where to write.
        run: The number of the run.
        plugins: The plugin of each connection.
        at: When the run began, as the store writes times.
        accepts: Whether to mark as absent what a complete reading misses, however much.
        drops_pages: Whether the run's pages are dropped at its end.

    Attributes:
        suppression: Who is struck out of whatever is written.
    """

    def __init__(
        self,
        store: Store,
        run: int,
        plugins: Mapping[str, Plugin],
        at: str,
        *,
        accepts: bool = False,
        drops_pages: bool = False,
    ) -> None:
        self._store = store
        self._run = run
        self._at = at
        self._plugins = plugins
        self._merger = Merger(store)
        self._rejects = Rejects(store, run, plugins)
        self._absence = Absence(store, run, at)
        self._mass_loss = MassLossCheck(store, run, accepts=accepts)
        self._drops_pages = drops_pages
        self.suppression = Suppression.of(store)

    def commit(self, batch: Batch | None, checkpoint: Checkpoint | None = None) -> Outcome:
        """Write a page's records, links, rejects and the page itself, and the checkpoint, at once.

        Args:
            batch: The page; None for none.
            checkpoint: How far the shard has come; None where that is as before.

        Raises:
            StoreError: Nothing of it was written.
        """
        return self.commit_group([(batch, checkpoint)])[0]

    def commit_group(
        self, group: Sequence[tuple[Batch | None, Checkpoint | None]]
    ) -> list[Outcome]:
        """Write several pages and checkpoints, all of them or nothing; an outcome for each.

        Args:
            group: Pages, each with how far its shard has come, as `commit` takes them.

        Raises:
            StoreError: Nothing of it was written.
        """
        if not any(batch or checkpoint for batch, checkpoint in group):
            return [Outcome() for _ in group]
        with self._store.transaction():
            return [self._commit(batch, checkpoint) for batch, checkpoint in group]

    def _commit(self, batch: Batch | None, checkpoint: Checkpoint | None) -> Outcome:
        outcome = self._batch(self.suppression.batch(batch)) if batch else Outcome()
        checkpoint = self.suppression.checkpoint(checkpoint)
        if checkpoint:
            self._store.put_checkpoint(checkpoint)
        return outcome

    def commit_again(
        self, batch: Batch, page: int, closing: Collection[tuple[str, str, str, str]] = ()
    ) -> Outcome:
        """Write items of a page that is kept already, mapped again.

        Args:
            batch: The page, with just the items in question.
            page: Its number.
            closing: Rejects (connection, resource, shape, key) that these items were.
        """
        with self._store.transaction():
            closed = self._rejects.close(closing)
            outcome = self._batch(self.suppression.batch(batch), page)
        # What was closed and opened again is as it was.
        return evolve(outcome, rejects=abs(closed - outcome.rejects), pages=0)

    def close_rejects(
        self, connection: Connection, resource: Resource, shards: Iterable[str]
    ) -> Outcome:
        """Close the rejects that are over, where nothing else is to be concluded from a reading.

        Args:
            connection: Whose.
            resource: Which was read.
            shards: Of a listing, the shards that were read from their beginning to their end.
        """
        with self._store.transaction():
            return Outcome(rejects=self._rejects.close(self._over(connection, resource, shards)))

    def end_listing(
        self, connection: Connection, resource: Resource, since: int, shards: Iterable[str] = ()
    ) -> Outcome:
        """Draw the conclusions from a complete reading of a listing, from its beginning.

        What it does not show any more is marked absent, and rejects are closed. And an object may
        have left one place and changed in another: the copy it left behind must not have a word in
        what it is now, so differing copies that were not met again are forgotten where the object
        stands elsewhere in the same shape.

        Args:
            connection: Whose.
            resource: Which was read to its end.
            since: The run from which on a copy counts as met.
            shards: Its shards.

        Raises:
            Incomplete: It misses too much to be believed before another reading agrees; nothing
                was concluded, and the next reading will be a whole one.
        """

        def conclude() -> Outcome:
            refs = self._store.drop_stale(connection.name, resource.name, since)
            if not resource.proves_absence(connection.options):
                return self._merge_again(connection, refs)
            losses = self._absence.after_listing(connection, resource, since)
            self._mass_loss.check(connection, resource, losses.missing)
            return self._after(connection, refs, losses)

        return self._conclude(connection, resource, shards, conclude)

    def end_keys(
        self, connection: Connection, resource: Resource, since: int, *, whole: bool
    ) -> Outcome:
        """Draw the conclusions from the answers to keys.

        What the answer to a key does not show any more is not linked to the key's invoices any
        more.

        Args:
            connection: Whose.
            resource: A keyed resource.
            since: The run from which on a key counts as answered, and a copy as met.
            whole: Whether every key was answered.

        Raises:
            Incomplete: They miss too much to be believed before other answers agree; nothing was
                concluded, and what was missed will be asked for again.
        """

        def conclude() -> Outcome:
            place = (connection.name, resource.name)
            refs = self._store.drop_stale(*place, since) if whole else []
            losses = self._absence.after_keys(connection, resource)
            links = self._unshown_links(connection, {*refs, *losses.elsewhere})
            # What stands elsewhere is not gone, but it may lose its links to the keys' invoices.
            suspect = {*losses.missing, *(link.touch for link in links)} & set(losses.unshown)
            gone = sorted(suspect - self._store.shown(*place, suspect))
            self._mass_loss.check(connection, resource, gone, since)
            outcome = self._after(connection, refs, losses)
            unlinked = self._unlink(connection, {*refs, *losses.elsewhere})
            return evolve(outcome, links=outcome.links + unlinked)

        return self._conclude(connection, resource, (), conclude)

    def _conclude(
        self,
        connection: Connection,
        resource: Resource,
        shards: Iterable[str],
        conclude: Callable[[], Outcome],
    ) -> Outcome:
        over = self._over(connection, resource, shards)
        try:
            with self._store.transaction():
                outcome = conclude()
                closed = self._rejects.close(over)
        except MassLoss as loss:
            with self._store.transaction():
                self._withhold(connection, resource, loss, over)
            raise _disbelieved(connection, loss) from None
        return evolve(outcome, rejects=outcome.rejects + closed)

    def _withhold(
        self,
        connection: Connection,
        resource: Resource,
        loss: MassLoss,
        over: Collection[tuple[str, str, str, str]],
    ) -> None:
        place = (connection.name, resource.name)
        self._mass_loss.withhold(connection, resource, loss.refs)
        if resource.keys is None:
            point = Checkpoint(*place, WHOLE, self._run, self._at, WITHHELD)
            self._store.put_checkpoint(point)
        else:
            self._store.drop_checkpoints(*place, self._rejects.shards_of(over))

    def _over(
        self, connection: Connection, resource: Resource, shards: Iterable[str]
    ) -> list[tuple[str, str, str, str]]:
        """The rejects that a reading did not show again."""
        place = (connection.name, resource.name)
        if resource.keys is not None:
            return self._rejects.unanswered(*place)
        return self._rejects.unseen(*place, shards)

    def _after(self, connection: Connection, refs: list[Ref], losses: Losses) -> Outcome:
        left = self._store.differing(losses.elsewhere)
        outcome = self._merge_again(connection, dict.fromkeys([*refs, *left]))
        return evolve(outcome, absent=losses.absent)

    def _merge_again(self, connection: Connection, refs: Iterable[Ref]) -> Outcome:
        """Write the records that differing copies make now."""
        written: Counter[str] = Counter()
        rows: dict[Ref, Row] = {}
        for ref in refs:
            merged = self._merger.again(connection, ref)
            self._store.drop_rows(merged.gone)
            written.update(gone.record for gone in merged.gone)
            rows.update({row.ref: row for row in merged.rows})
        links = self._put(connection, rows, written)
        return Outcome(records=+written, links=links + self._follow(connection, set(rows)))

    def _batch(self, batch: Batch, kept: int = 0) -> Outcome:
        newest, older = _newest(batch.mapped)
        known = self._known(batch, newest)
        verdicts = [self._verdict(m, known.get(_place(m)), again=kept > 0) for m in newest]
        judged = list(zip(newest, verdicts, strict=True))
        changed = {m: verdict for m, verdict in judged if verdict in {"new", "changed"}}
        current = [mapped for mapped, verdict in judged if verdict != "older"]
        met = {"same", "older"}  # an older sight is a sight: the record is still there
        self._see(batch, [mapped for mapped, verdict in judged if verdict in met])
        for arrived in _arrived(judged, known):
            self._mass_loss.note_new(batch.connection, batch.resource, arrived.shape)
        news = self._rejects.news(batch)
        page = (kept or self._keep(batch)) if changed or news else 0
        if page and not kept and self._drops_pages and not self.suppression:
            self._store.put_extras(page, _extras(changed))
        records, native, agreed = self._write(batch, changed, page)
        present = self._store.mark_present(_met(judged, known))
        found = self._merge_again(batch.connection, self._found_again(judged, known))
        self._rejects.write(batch, news, page)
        older += len(newest) - len(current)
        skipped = batch.skipped + Counter({_OLDER: older} if older else {})
        mapped = len(changed) - agreed
        return Outcome(
            items=len(batch.mapped) + len(batch.rejected) + batch.skipped.total(),
            mapped=mapped,
            unchanged=len(batch.mapped) - mapped - older,
            rejected=len(batch.rejected),
            skipped=skipped,
            records=+(records + found.records),
            links=native + found.links + self._link(batch, current),
            rejects=len(news) + self._rejects.close_mapped(batch),
            pages=1 if page else 0,
            present=present,
        )

    # --- records

    def _known(self, batch: Batch, newest: list[Mapped]) -> dict[_Place, Known]:
        """What the store remembers of these items in their places."""
        places: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for mapped in newest:
            key = (mapped.shape.record.table, mapped.shape.name)
            places.setdefault(key, []).append((mapped.rows[0].id, mapped.within))
        return {
            (shape, known.id, known.within): known
            for (table, shape), pairs in places.items()
            for known in self._store.copies(
                batch.connection.name, table, batch.resource.name, shape, pairs
            )
        }

    def _verdict(self, mapped: Mapped, before: Known | None, *, again: bool) -> str:
        """`new` in its place, `same` as before, `changed`, or `older`."""
        if before is None:
            return "new"
        if before.hash == mapped.hash or (again and self._is_erased(mapped, before)):
            return "same"
        if mapped.version and before.version and mapped.version != before.version:
            return "older" if mapped.version < before.version else "changed"
        # Not every vendor bumps its versions, so a later run has the later word. Within one run
        # the greater hash has it: the order in which workers finish must not decide.
        return "changed" if before.run < self._run or mapped.hash > before.hash else "older"

    def _is_erased(self, mapped: Mapped, before: Known) -> bool:
        """Whether an item differs from its copy only by who was struck out of the kept page."""
        if not self.suppression:
            return False
        is_struck = any(ERASED in text for text in (str(mapped.raw), body_of(mapped.rows)))
        return is_struck and self._merger.says(mapped.rows[0].ref, before.hash, mapped.rows)

    def _found_again(
        self, judged: Iterable[tuple[Mapped, str]], known: Mapping[_Place, Known]
    ) -> list[Ref]:
        """Records that stand again just so where they had been lost, and differ elsewhere."""
        back = [m.rows[0].ref for m, v in judged if v == "same" and known[_place(m)].lost]
        return self._store.differing(dict.fromkeys(back))

    def _see(self, batch: Batch, same: list[Mapped]) -> None:
        """Note that this run has met copies just as they are stored."""
        self._store.see_copies([_copy(batch, mapped, 0, self._run) for mapped in same])

    def _write(
        self, batch: Batch, changed: Mapping[Mapped, str], page: int
    ) -> tuple[Counter[str], int, int]:
        """Take the copies: rows written by table, native links, and copies that changed nothing."""
        pending: dict[Ref, Row] = {}
        written: Counter[str] = Counter()
        links = agreed = 0
        for mapped, verdict in changed.items():
            if mapped.rows[0].ref in pending:  # the second copy builds on the first
                links += self._put(batch.connection, pending, written)
                pending = {}
            copy = _copy(batch, mapped, page, self._run)
            first = verdict == "new"
            merged = self._merger.take(batch.connection, mapped, copy, first=first)
            if merged is None:
                agreed += 1
                continue
            self._store.drop_rows(merged.gone)
            written.update(ref.record for ref in merged.gone)
            for ref in merged.gone:
                pending.pop(ref, None)
            pending.update({row.ref: row for row in merged.rows})
        links += self._put(batch.connection, pending, written)
        return written, links, agreed

    def _put(self, connection: Connection, rows: Mapping[Ref, Row], written: Counter[str]) -> int:
        """Write the rows that differ from what is stored; how many native links that changed."""
        links = 0
        for table in {ref.record for ref in rows}:
            group = {ref.id: row for ref, row in rows.items() if ref.record == table}
            stored = self._store.rows(table, connection.name, group)
            differing = [row for id, row in group.items() if row != stored.get(id)]
            self._store.put_rows(differing)
            written[table] += len(differing)
            for row in differing:
                before = stored[row.id].invoices if row.id in stored else ()
                links += len(set(before) ^ set(row.invoices))
        return links

    # --- links

    def _link(self, batch: Batch, current: list[Mapped]) -> int:
        """Bring the links that a page shows in step, and those of what is derived from touches."""
        connection, key = batch.connection, batch.shard.key
        shown = {link for mapped in current for link in mapped.links}
        derived = self._derived({m.rows[0].ref for m in current if m.shape.derives})
        stored = self._stored_links(connection, {link.touch for link in shown} | set(derived))
        wanted = shown | _followed(shown | stored, derived)
        stored |= self._stored_links(connection, {link.touch for link in wanted - shown})
        self._store.put_links(wanted - stored)
        doubtful = {
            link.touch
            for link in stored
            if key and link.how is How.KEYED and link.invoice not in key.invoices
        }
        return len(wanted - stored) + self._unlink(connection, doubtful)

    def _follow(self, connection: Connection, origins: set[Ref]) -> int:
        """Give records that are derived anew the links of what they are derived from; how many."""
        derived = self._derived(origins)
        followers = {follower for found in derived.values() for follower in found}
        stored = self._stored_links(connection, set(derived) | followers)
        wanted = _followed(stored, derived) - stored
        self._store.put_links(wanted)
        return len(wanted)

    def _unlink(self, connection: Connection, touches: Collection[Ref]) -> int:
        """Take away links by keys of which no answer shows the touch any more; how many."""
        gone = self._unshown_links(connection, touches)
        self._store.drop_links(gone)
        return len(gone)

    def _unshown_links(self, connection: Connection, touches: Collection[Ref]) -> list[Link]:
        """The links by keys of which no answer shows the touch any more.

        What is derived from a touch was shown where the touch was.
        """
        origins = {ref: ref for ref in touches}
        for ref, followers in self._derived(set(touches)).items():
            origins |= dict.fromkeys(followers, ref)
        return [
            link
            for link in self._stored_links(connection, set(origins))
            if link.how is How.KEYED
            and not self._shown_for(connection, origins[link.touch], link.invoice)
        ]

    def _shown_for(self, connection: Connection, touch: Ref, invoice: Ref) -> bool:
        """Whether the answer to some key that stands for an invoice shows a touch."""
        rows = self._store.select(
            "SELECT resource, within FROM copies "
            "WHERE connection = ? AND record = ? AND id = ? AND lost = 0",
            touch,
        )
        return any(
            invoice in self._invoices(connection, resource, row["within"], touch)
            for row in list(rows)
            for resource in connection.source.resources
            if resource.name == row["resource"] and resource.keys is not None
        )

    def _invoices(
        self, connection: Connection, resource: Resource, within: str, touch: Ref
    ) -> Iterable[Ref]:
        """The invoices that the key of a place stands for; none where it is the touch's own id."""
        node = Node(connection, self._plugins[connection.name], resource)
        key = key_of(node, from_line(within.partition("\n")[0]), self._store)
        return key.invoices if key and touch not in key.rows else ()

    def _derived(self, origins: set[Ref]) -> dict[Ref, list[Ref]]:
        """What is derived from each of these records; those from which nothing is are left out."""
        found: dict[Ref, list[Ref]] = {}
        for connection, table in {(origin.connection, origin.record) for origin in origins}:
            ids = [origin.id for origin in origins if origin.record == table]
            for origin, follower in self._store.derivations(connection, table, ids):
                found.setdefault(origin, []).append(follower)
        return found

    def _stored_links(self, connection: Connection, touches: set[Ref]) -> set[Link]:
        stored: set[Link] = set()
        for table in {touch.record for touch in touches}:
            ids = [touch.id for touch in touches if touch.record == table]
            stored |= self._store.links(table, connection.name, ids)
        return stored

    def _keep(self, batch: Batch) -> int:
        page = StoredPage(
            connection=batch.connection.name,
            resource=batch.resource.name,
            shard=batch.shard.name,
            run=self._run,
            url=batch.page.url,
            status=batch.page.status,
            received_at=moment(datetime.now(UTC)),
            body=batch.page.body,
        )
        return self._store.put_page(self.suppression.page(page))


def _disbelieved(connection: Connection, loss: MassLoss) -> Incomplete:
    return Incomplete(
        f"{loss} are missing from a reading that says it is complete; none of them was marked "
        "absent",
        hint=f"Run `duetrail sync {connection.name}` again: what the next complete reading misses, "
        "too, is marked. If you know that they are gone, add --accept-absences.",
    )


def _extras(items: Iterable[Mapped]) -> str:
    """What no field of some items has a home for, as `duetrail.pipeline.keeping` reads it."""
    kept = [(one.shape.name, one.path, extra) for one in items if (extra := one.extra)]
    return _encode(kept).decode()


_Place = tuple[str, str, str]  # shape, id, within


def _place(mapped: Mapped) -> _Place:
    return (mapped.shape.name, mapped.rows[0].id, mapped.within)


def _met(judged: Iterable[tuple[Mapped, str]], known: Mapping[_Place, Known]) -> Iterator[Ref]:
    """The records that a page shows anew, and may have been absent."""
    for mapped in _arrived(judged, known):
        yield mapped.rows[0].ref


def _arrived(
    judged: Iterable[tuple[Mapped, str]], known: Mapping[_Place, Known]
) -> Iterator[Mapped]:
    """The items that were not in their places before."""
    for mapped, verdict in judged:
        if verdict == "new" or known[_place(mapped)].lost:
            yield mapped


def _followed(links: Iterable[Link], derived: Mapping[Ref, Iterable[Ref]]) -> set[Link]:
    """The links that derived records have because of the places their origins stand in."""
    return {
        Link(follower, link.invoice, link.how)
        for link in links
        if link.how in _OF_PLACES
        for follower in derived.get(link.touch, ())
    }


def _newest(mapped: Iterable[Mapped]) -> tuple[list[Mapped], int]:
    """The newest of each object in each place on a page, and how many older ones differed."""
    best: dict[_Place, Mapped] = {}
    older = 0
    for item in mapped:
        key = _place(item)
        before = best.get(key)
        if before is None:
            best[key] = item
        elif before.hash != item.hash:
            older += 1
            best[key] = max(before, item, key=lambda m: (m.version, m.hash))
    return list(best.values()), older


def _copy(batch: Batch, mapped: Mapped, page: int, run: int) -> Copy:
    return Copy(
        ref=mapped.rows[0].ref,
        resource=batch.resource.name,
        shape=mapped.shape.name,
        within=mapped.within,
        version=mapped.version,
        hash=mapped.hash,
        page=page,
        path=mapped.path,
        run=run,
    )
