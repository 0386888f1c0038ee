"""Spelling: hashes are over JSON as the vendor wrote it, as long as all of it is written alike.

A hash over the text tells that two items are equal. That they differ it does not tell: keys may
stand in another order. So where two hashes of one record differ, both are made anew over the
canonical form of the JSON, before anything is decided by them. Then it makes no difference in which
order, or how often in which spelling, an item was met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve
from msgspec.structs import replace

from duetrail.model import BY_TABLE, Ref
from duetrail.pipeline.batch import Batch, Mapped
from duetrail.pipeline.item_hash import canonical_hash
from duetrail.source import Connection
from duetrail.stores import Changes, Observation, Row, Situation
from duetrail.stores.canonical import holds_json
from duetrail.stores.variants import content_of

Content = Callable[[Observation], tuple[Row, ...]]
"""What an observation says."""


class Spelling:
    """Has different spellings of one content count as one, within a situation.

    Args:
        situation: What is known; it is carried forward.
        changes: Where changes are noted.
        content: Gives what an observation says.
    """

    def __init__(self, situation: Situation, changes: Changes, content: Content) -> None:
        self._situation = situation
        self._changes = changes
        self._content = content

    def settled(self, batch: Batch) -> Sequence[Mapped]:
        """The items of a batch, those in doubt with canonical hashes, as has what is stored."""
        hashes: dict[Ref, set[bytes]] = {}
        for one in batch.mapped:
            if any(map(holds_json, one.rows)):
                hashes.setdefault(one.rows[0].ref, set()).add(one.hash)
        for ref, found in hashes.items():
            found.update(one.hash for one in self._situation.observed(ref))
        doubtful = {ref for ref, found in hashes.items() if len(found) > 1}
        if not doubtful:
            return batch.mapped
        for ref in doubtful:
            self._respell(batch.connection, ref)
        return [respelled(one) if one.rows[0].ref in doubtful else one for one in batch.mapped]

    def _respell(self, connection: Connection, ref: Ref) -> None:
        """Give what is stored of a record canonical hashes."""
        shapes = {
            (resource.name, shape.name): shape
            for resource, shape in connection.source.shapes_of(BY_TABLE[ref.record])
        }
        for one in self._situation.observed(ref):
            shape = shapes.get((one.resource, one.shape))
            if shape is not None:
                rows = self._content(one)
                hash = canonical_hash(one.hash, shape, one.version, rows)
                if hash != one.hash:
                    self._rehash(one, hash, rows)

    def _rehash(self, one: Observation, hash: bytes, rows: Sequence[Row]) -> None:
        ref, place = one.ref, one.place
        new = one._replace(hash=hash)
        here = self._situation.observations.get(ref, {})
        if place in here:
            here[place] = new
        others = self._situation.others.get(ref, [])
        if one in others:
            others[others.index(one)] = new
        if (ref, place) in self._changes.observations:
            self._changes.observations[ref, place] = new
        # Others may say the same in places that are not known here.
        self._changes.rehashed[ref, one.hash] = hash
        if one.hash in self._situation.variants:
            content = content_of(rows)
            self._situation.variants[hash] = self._changes.variants[hash] = content


def all_respelled(batch: Batch) -> Batch:
    """A batch for a store that keeps no spelling, so that nothing can be hashed anew later."""
    return evolve(batch, mapped=tuple(map(respelled, batch.mapped)))


def respelled(mapped: Mapped) -> Mapped:
    """An item with the hash that is the same however its JSON is written."""
    if not any(map(holds_json, mapped.rows)):
        return mapped
    hash = canonical_hash(mapped.hash, mapped.shape, mapped.version, mapped.rows)
    return replace(mapped, hash=hash)
