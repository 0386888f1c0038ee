"""Commit: bring mapped pages into a store, each with its checkpoint, all of them or none.

read (`Store.situation`) -> decide (`duetrail.pipeline.decisions`, knows no store) -> write
(`Store.apply`). The same answer twice writes nothing but that it was seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from attrs import evolve
from msgspec.structs import replace

from duetrail.errors import Incomplete
from duetrail.model import Ref
from duetrail.pipeline.absence import Absence, Losses
from duetrail.pipeline.batch import Batch, Mapped, Rejected
from duetrail.pipeline.collisions import recognised_doubles, without_collisions
from duetrail.pipeline.cropping import cropped
from duetrail.pipeline.decisions import Decider
from duetrail.pipeline.documents import is_recognised
from duetrail.pipeline.key_links import KeyLinks
from duetrail.pipeline.mapping import map_page
from duetrail.pipeline.mass_loss import MassLoss, MassLossCheck
from duetrail.pipeline.outcome import Outcome
from duetrail.pipeline.plan import WHOLE, WITHHELD
from duetrail.pipeline.questions import question
from duetrail.pipeline.spelling import all_respelled
from duetrail.pipeline.suppressing import suppressed
from duetrail.pipeline.too_long import without_too_long
from duetrail.pipeline.unrecorded import observed_unrecorded
from duetrail.plugins import Plugin
from duetrail.privacy.forms import ERASED
from duetrail.privacy.suppression import Suppression
from duetrail.source import Connection, Resource
from duetrail.stores import (
    Changes,
    Checkpoint,
    CheckpointQuery,
    Loss,
    ObservationQuery,
    Question,
    RejectKey,
    RejectQuery,
    Situation,
    StateChanges,
    Store,
    StoredPage,
    StoredReject,
    moment,
)
from duetrail.stores.variants import content_of

_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode

Entry = tuple[Batch | None, Checkpoint | None]
"""A page, or None, and how far its shard has come with it, or None where that is as before."""


class Unseen(Exception):
    """A document that was taken for known is not; nothing was written."""


class Committer:
    """The one thread's hand on the store during a run.

    Args:
        store: Where to write.
        run: The number of the run.
        plugins: The plugin of each connection.
        at: When the run began, as the store writes times.
        accepts: Whether to mark as absent what a complete reading misses, however much.
        drops_pages: Whether the run's pages are dropped at its end.
        since: The interrupted run that it goes on from; None for none.
        part: What tells this process from others that share the run; empty for one alone.

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
        since: int | None = None,
        part: str = "",
    ) -> None:
        self._store = store
        self._run = run
        self._at = at
        self._plugins = plugins
        self._key_links = KeyLinks(store, plugins, run)
        self._absence = Absence(store, run, at)
        self._mass_loss = MassLossCheck(
            store, run, at, accepts=accepts, since=since or run, part=part
        )
        self._drops_pages = drops_pages
        self._contradicted: Counter[tuple[str, str, str]] = Counter()
        self.suppression = Suppression.of(store)

    def arrivals(self, connection: Connection, resource: Resource) -> dict[str, int]:
        """How many items of a resource were not in their places before, by shape."""
        return self._mass_loss.arrivals(connection, resource)

    def note_arrivals(
        self, connection: Connection, resource: Resource, counts: Mapping[str, int]
    ) -> None:
        """Count what other processes of this run committed of a resource, as `arrivals` says."""
        self._mass_loss.note_new(connection, resource, counts)

    def contradicted(self, connection: Connection, resource: Resource) -> dict[str, int]:
        """How many items of a resource this run met elsewhere as something else, by shape."""
        place = (connection.name, resource.name)
        return {key[2]: count for key, count in self._contradicted.items() if key[:2] == place}

    def known(self, hashes: Sequence[bytes]) -> set[bytes]:
        """The documents that need not be mapped, by their hashes; may be asked by any thread.

        Where somebody was erased, every document is looked at.
        """
        return set() if self.suppression else self._store.known_documents(hashes)

    def commit(self, *entries: Entry, is_checked: bool = True) -> list[Outcome]:
        """Write records, links, rejects, pages and checkpoints, all of them or none.

        Args:
            entries: Pages and checkpoints, in their order.
            is_checked: Whether a known document that is not known any more is mapped here.

        Returns:
            What each of them came to.

        Raises:
            StoreError: Nothing of it was written.
            Unseen: Likewise; one is not known, and that was not checked.
        """
        with self._store.transaction():
            outcomes = [Outcome() for _ in entries]
            known = [hash for batch, _ in entries if batch is not None for hash in batch.known]
            seen = self._store.see_documents(known, self._run) if known else {}
            if not is_checked and len(seen) < len(set(known)):
                raise Unseen
            batches = [
                (self._prepared(self._see(batch, outcome, seen)), outcome)
                for (batch, _), outcome in zip(entries, outcomes, strict=True)
                if batch is not None
            ]
            self._decide(batches, [point for _, point in entries])
            self._key_links.drop_of_known(batches)
        return outcomes

    def commit_again(
        self, batch: Batch, page: int, run: int, closing: Collection[RejectKey] = ()
    ) -> Outcome:
        """Write items of a page that is kept already, mapped again.

        Args:
            batch: The page, with just the items in question.
            page: Its number.
            run: The run that received it.
            closing: Rejects that these items were.
        """
        batch = self._prepared(batch)
        with self._store.transaction():
            found = self._store.rejects(RejectQuery(keys=closing)) if closing else ()
            closed = self._close({reject.identity for reject in found})
            decider = self._decider(self._store.situation(question([batch])))
            outcome = decider.again(batch, page, run).outcome
            self._store.apply(decider.changes)
        # What was closed and opened again is as it was.
        return replace(outcome, rejects=abs(closed - outcome.rejects))

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
            return Outcome(rejects=self._close(self._over(connection, resource, shards)))

    def end_listing(
        self, connection: Connection, resource: Resource, since: int, shards: Iterable[str] = ()
    ) -> Outcome:
        """Draw the conclusions from a complete reading of a listing, from its beginning.

        What it does not show any more is marked absent, and rejects are closed. And an object may
        have left one place and changed in another: what was seen where it was must not
        count any more, so differing observations that were not met again are forgotten where the
        object was seen elsewhere in the same shape.

        Args:
            connection: Whose.
            resource: Which was read to its end.
            since: The run from which on an observation counts as met.
            shards: Its shards.

        Raises:
            Incomplete: It misses too much to be believed before another reading agrees; nothing
                was concluded, and the next reading will be a whole one.
        """

        def conclude() -> Outcome:
            refs = self._store.mark_missing(self._replaced(connection, resource, since))
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
            since: The run from which on a key counts as answered, and an observation as met.
            whole: Whether every key was answered.

        Raises:
            Incomplete: They miss too much to be believed before other answers agree; nothing was
                concluded, and what was missed will be asked for again.
        """

        def conclude() -> Outcome:
            replaced = self._replaced(connection, resource, since)
            refs = self._store.mark_missing(replaced) if whole else []
            losses = self._absence.after_keys(connection, resource)
            links = self._key_links.unshown(connection, {*refs, *losses.elsewhere})
            # What stands elsewhere is not gone, but it may lose its links to the keys' invoices.
            suspect = {*losses.missing, *(link.touch for link in links)} & set(losses.unshown)
            asked = ObservationQuery(refs=suspect, resource=resource.name, is_present=True)
            gone = sorted(suspect - {one.ref for one in self._store.observations(asked)})
            self._mass_loss.check(connection, resource, gone, since)
            outcome = self._after(connection, refs, losses)
            unlinked = self._key_links.drop(connection, {*refs, *losses.elsewhere})
            return replace(outcome, links=outcome.links + unlinked)

        return self._conclude(connection, resource, (), conclude)

    def _replaced(self, connection: Connection, resource: Resource, since: int) -> Loss:
        """What differing objects were in places that they have left."""
        place = (connection.name, resource.name)
        return Loss(*place, self._run, unseen_since=since, is_replaced=True)

    def _conclude(
        self,
        connection: Connection,
        resource: Resource,
        shards: Iterable[str],
        conclude: Callable[[], Outcome],
    ) -> Outcome:
        over = self._over(connection, resource, shards)  # by what was answered until now
        try:
            with self._store.transaction():
                outcome = conclude()
                closed = self._close(over)
        except MassLoss as loss:
            with self._store.transaction():
                self._withhold(connection, resource, loss, over)
            raise _disbelieved(connection, loss) from None
        return replace(outcome, rejects=outcome.rejects + closed)

    def _withhold(
        self,
        connection: Connection,
        resource: Resource,
        loss: MassLoss,
        over: Mapping[RejectKey, str],
    ) -> None:
        place = (connection.name, resource.name)
        self._mass_loss.withhold(connection, resource, loss.refs)
        if resource.keys is None:
            point = Checkpoint(*place, WHOLE, self._run, self._at, WITHHELD)
            self._store.apply(Changes(checkpoints=[point]))
        else:
            asked_again = CheckpointQuery(*place, set(over.values()))
            self._store.put_sync_state(StateChanges(dropped_checkpoints=[asked_again]))

    def _over(
        self, connection: Connection, resource: Resource, shards: Iterable[str]
    ) -> dict[RejectKey, str]:
        """The rejects that a reading did not show again, each with its shard."""
        asked = RejectQuery(connection.name, resource.name)
        if resource.keys is not None:
            asked = asked._replace(is_answered=True)
        else:
            asked = asked._replace(shards=list(shards), unseen_since=self._run)
        return {reject.identity: reject.shard for reject in self._store.rejects(asked)}

    def _close(self, rejects: Collection[RejectKey]) -> int:
        """Close open rejects; how many they are."""
        if rejects:
            self._store.apply(Changes(closed_rejects=set(rejects)))
        return len(rejects)

    def _after(self, connection: Connection, refs: list[Ref], losses: Losses) -> Outcome:
        asked = ObservationQuery(refs=losses.elsewhere, is_differing=True)
        differing = {one.ref for one in self._store.observations(asked)}
        left = (ref for ref in losses.elsewhere if ref in differing)
        outcome = self._merge_again(connection, dict.fromkeys([*refs, *left]))
        return replace(outcome, absent=losses.absent)

    def _merge_again(self, connection: Connection, refs: Iterable[Ref]) -> Outcome:
        """Write the records that differing observations make now."""
        wanted = list(refs)
        if not wanted:
            return Outcome()
        decider = self._decider(self._store.situation(Question(merged=frozenset(wanted))))
        outcome = decider.merge_again(connection, wanted)
        self._store.apply(decider.changes)
        return outcome

    # --- one group of pages

    def _prepared(self, batch: Batch) -> Batch:
        """A batch as it may be compared and written."""
        if not (batch.mapped or batch.rejected or self.suppression):  # as of most keys
            return batch
        batch = without_too_long(batch, self._store)
        if not self._store.keeps_spelling:
            batch = all_respelled(batch)
        return suppressed(batch, self.suppression)

    def _see(self, batch: Batch, outcome: Outcome, seen: Mapping[bytes, int]) -> Batch:
        """Count known documents; what has changed since they were recognised is mapped."""
        if not batch.known:
            return batch
        counts = [seen[hash] for hash in batch.known if hash in seen]
        outcome.items += sum(counts)
        outcome.unchanged += sum(counts)
        if len(counts) == len(batch.known):
            return batch
        # Not as a difference of sets: that looks at all that the group saw, for each batch of it.
        stale = {hash for hash in batch.known if hash not in seen}
        return _with(batch, self._map(batch, stale))

    def _map(self, batch: Batch, hashes: Collection[bytes]) -> Batch:
        plugin = self._plugins[batch.connection.name]
        place = (batch.connection, batch.resource, batch.shard, batch.page)
        return map_page(plugin, *place, only=hashes, rows_only=True)

    def _decide(
        self,
        batches: list[tuple[Batch, Outcome]],
        checkpoints: Iterable[Checkpoint | None],
    ) -> None:
        changes = Changes()
        doubtful: list[tuple[Batch, Outcome, frozenset[Ref]]] = []
        open = [pair for pair in batches if pair[0].mapped or pair[0].rejected]
        if open:
            situation = self._store.situation(question(batch for batch, _ in open))
            if self._with_doubles(batches, situation):
                return self._decide(batches, checkpoints)
            decider = self._decider(situation)
            changes = decider.changes
            for batch, outcome in open:
                decision = decider.batch(batch)
                if decision.arrivals:
                    new = (batch.connection, batch.resource, decision.arrivals)
                    changes.checkpoints += self._mass_loss.note_new(*new)
                for shape, count in decision.contradicted.items():
                    place = (batch.connection.name, batch.resource.name, shape)
                    self._contradicted[place] += count
                if decision.doubtful:
                    doubtful.append((batch, outcome, decision.doubtful))
                outcome.add(decision.outcome)
        for batch, outcome in batches:
            if batch.unrecorded:
                listed = (batch.connection, batch.resource, batch.unrecorded)
                changes.observations |= observed_unrecorded(*listed, self._run, self.suppression)
            if batch.skipped and not (batch.mapped or batch.rejected):
                outcome.items += batch.skipped.total()
                outcome.skipped += batch.skipped
        if self.suppression:
            checkpoints = map(self.suppression.checkpoint, checkpoints)
        changes.checkpoints += [point for point in checkpoints if point is not None]
        self._store.apply(changes)
        for batch, outcome, touches in doubtful:
            outcome.links += self._key_links.drop(batch.connection, touches)

    def _with_doubles(self, batches: list[tuple[Batch, Outcome]], situation: Situation) -> bool:
        """Map known documents, too, that show what others of their page show; whether there are."""
        has_some = False
        for at, (batch, outcome) in enumerate(batches):
            if found := recognised_doubles(batch, situation):
                has_some = True
                outcome.items -= sum(found.values())
                outcome.unchanged -= sum(found.values())
                rest = tuple(hash for hash in batch.known if hash not in found)
                whole = _with(evolve(batch, known=rest), self._map(batch, found))
                batches[at] = self._prepared(whole), outcome
        return has_some

    def _decider(self, situation: Situation) -> Decider:
        return Decider(
            situation,
            self._run,
            store_page=self._stored_page,
            store_reject=self._stored_reject,
            is_struck=self._is_struck,
            extras=_extras if self._drops_pages and not self.suppression else None,
            recognises=not self.suppression,
        )

    def _is_struck(self, mapped: Mapped) -> bool:
        """Whether somebody was erased from the kept page that an item stands on."""
        if not self.suppression:
            return False
        return any(ERASED in text for text in (str(mapped.raw), content_of(mapped.rows)))

    def _stored_page(self, batch: Batch) -> StoredPage:
        body = batch.page.body
        # That pages overlap a little is not worth the time. A mapping that looked at the page
        # around its document needs all of it again.
        is_mostly_known = len(batch.known) >= len(batch.documents)
        if is_mostly_known and all(is_recognised(one.hash) for one in batch.documents):
            body = cropped(batch.resource, body, {one.path for one in batch.documents})
        page = StoredPage(
            connection=batch.connection.name,
            resource=batch.resource.name,
            shard=batch.shard.name,
            run=self._run,
            url=batch.page.url,
            status=batch.page.status,
            received_at=moment(datetime.now(UTC)),
            body=body,
        )
        return self.suppression.page(page)

    def _stored_reject(self, batch: Batch, rejected: Rejected, page: int) -> StoredReject:
        plugin = self._plugins[batch.connection.name]
        return StoredReject(
            connection=batch.connection.name,
            resource=batch.resource.name,
            shape=rejected.shape.name,
            key=rejected.key,
            within=rejected.within,
            shard=batch.shard.name,
            item=rejected.item,
            path=rejected.path,
            json_path=rejected.json_path,
            reason=rejected.reason,
            plugin=f"{plugin.name} {plugin.version}",
            page=page,
            run=self._run,
            raw=rejected.raw.decode(),
        )


def _with(batch: Batch, more: Batch) -> Batch:
    """A batch with further documents of its page."""
    whole = evolve(
        batch,
        mapped=batch.mapped + more.mapped,
        rejected=batch.rejected + more.rejected,
        skipped=batch.skipped + more.skipped,
        documents=batch.documents + more.documents,
        unrecorded=batch.unrecorded + more.unrecorded,
    )
    return without_collisions(whole)


def _disbelieved(connection: Connection, loss: MassLoss) -> Incomplete:
    return Incomplete(
        f"{loss} are missing from a reading that says it is complete; none of them was marked "
        "absent",
        hint=f"Run `duetrail sync {connection.name}` again: what the next complete reading misses, "
        "too, is marked. If you know that they are gone, add --accept-absences.",
    )


def _extras(items: Iterable[Mapped]) -> str:
    """What no field of some items has a home for, as `duetrail.pipeline.extras` reads it."""
    kept = [(one.shape.name, one.path, extra) for one in items if (extra := one.extra)]
    return _encode(kept).decode()
