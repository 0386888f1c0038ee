"""Decide on rejects, the dead letters: which are new or changed, and which are none any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from duetrail.pipeline.batch import Batch, Rejected
from duetrail.pipeline.documents import Document
from duetrail.stores import Changes, OpenReject, RejectKey, Situation, StoredReject


def reject_key(batch: Batch, rejected: Rejected) -> RejectKey:
    """What tells an open reject from others."""
    return (batch.connection.name, batch.resource.name, rejected.shape.name, rejected.key)


class RejectDecider(Struct, frozen=True, eq=False):
    """Decides on rejects within a situation, and notes what changes.

    Args:
        situation: What is known; it is carried forward.
        changes: Where changes are noted.
        run: The number of the run.
        store_reject: A reject as it is to be kept, on a page of a number.
    """

    _situation: Situation
    _changes: Changes
    _run: int
    _store_reject: Callable[[Batch, Rejected, int], StoredReject]

    def new(self, batch: Batch) -> list[Rejected]:
        """The rejects of a page that are not stored just so."""
        known = self._situation.rejects
        found = []
        # Two of a page may be one reject: objects that differ only in what stands inside them.
        for key, one in {reject_key(batch, one): one for one in batch.rejected}.items():
            before = known.get(key)
            if before is None or (before.reason, before.json_path) != (one.reason, one.json_path):
                found.append(one)
        return found

    def note(self, batch: Batch, news: Sequence[Rejected], page: int) -> int:
        """Note new rejects, those that were met again, and those that are none any more."""
        known, changes = self._situation.rejects, self._changes
        for one in batch.rejected:
            key = reject_key(batch, one)
            spot = (one.shape.name, one.within, one.item)
            known[key] = OpenReject(one.reason, one.json_path, spot, self._run)
            changes.seen_rejects[key] = self._run
            changes.closed_rejects.discard(key)
        for one in news:
            changes.rejects[reject_key(batch, one)] = self._store_reject(batch, one, page)
        over = set(self._over(batch)) if known else set()
        for key in over:
            del known[key]
        changes.closed_rejects |= over
        return len(news) + len(over)

    def _over(self, batch: Batch) -> Iterator[RejectKey]:
        """The rejects of items that map now and were not met as bad in this run."""
        place = (batch.connection.name, batch.resource.name)
        spots = {(m.shape.name, m.within, m.item) for m in batch.mapped}
        for key, one in self._situation.rejects.items():
            if key[:2] == place and one.run < self._run and one.spot in spots:
                yield key

    def disputed(self, batch: Batch) -> set[Document]:
        """Documents that show something good which this run has seen as a reject, too.

        They are to be mapped in the next run, which closes the reject where it is not met again.
        """
        spots = {(r.shape.name, r.within, r.item) for r in batch.rejected}
        place = (batch.connection.name, batch.resource.name)
        for key, one in self._situation.rejects.items():
            if key[:2] == place and one.run >= self._run:
                spots.add(one.spot)
        if not spots:
            return set()
        return {m.document for m in batch.mapped if (m.shape.name, m.within, m.item) in spots}
