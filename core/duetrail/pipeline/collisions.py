"""Collisions: objects of one page that have one id and are not one object.

Lists move while they are read, so one object may be met twice, changed meanwhile: on two pages, or
inside two others. On one page, in one place, nothing moves. Where two objects there have one id and
differ, and no version says that one replaces the other, each is a record that the other would
overwrite. So one is mapped, the one that `duetrail.pipeline.sights.newest` chooses, and the others
are rejects. Where records are alike and only `extra` differs, their JSON decides: the order in
which they were mapped must not, since what is recognised is mapped last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from duetrail.errors import BadItem
from duetrail.pipeline.batch import Batch, Mapped
from duetrail.pipeline.documents import content_hash, steady
from duetrail.pipeline.rejecting import as_json, rejected
from duetrail.pipeline.spelling import respelled
from duetrail.stores import Situation

_Spot = tuple[str, str, str]  # shape, id, within


def without_collisions(batch: Batch) -> Batch:
    """The batch with items as rejects that have the id of another one of the page."""
    spots = {_spot(one) for one in batch.mapped}
    if len(spots) == len(batch.mapped):  # as of nearly every page
        return batch
    volatile = batch.resource.volatile
    found = {
        one: best for one, best in _doubles(batch.mapped, volatile) if _differ(one, best, volatile)
    }
    if not found:
        return batch
    for one in (*found, *found.values()):  # each is a collision only beside the other
        one.document.hash = content_hash(one.document.hash)
    refused = [
        rejected(one.found, batch.resource, batch.shard, _reason(one, best), one.document)
        for one, best in found.items()
    ]
    return evolve(
        batch,
        mapped=tuple(one for one in batch.mapped if one not in found),
        rejected=(*batch.rejected, *refused),
    )


def recognised_doubles(batch: Batch, situation: Situation) -> dict[bytes, int]:
    """Known documents of a page that show an object which its other documents show, too.

    Args:
        batch: The page.
        situation: What is known of what was mapped of it.

    Returns:
        How many items each of them shows, by its hash.
    """
    known = set(batch.known)
    found = {}
    for one in batch.mapped if known else ():
        place = (batch.resource.name, one.shape.name, one.within)
        before = situation.observations.get(one.rows[0].ref, {}).get(place)
        document = before and situation.documents.get(before.document)
        if document and document.hash in known:
            found[document.hash] = document.items
    return found


def _doubles(mapped: Iterable[Mapped], volatile: frozenset[str]) -> Iterator[tuple[Mapped, Mapped]]:
    """Each item that is shown in the place of another with its version, and the one that counts."""
    groups: dict[_Spot, list[Mapped]] = {}
    for one in mapped:
        groups.setdefault(_spot(one), []).append(one)
    for group in groups.values():
        if len(group) == 1:
            continue
        best = max(
            group,
            key=lambda one: (
                one.version,
                respelled(one).hash,
                as_json(steady(one.raw, volatile)),
            ),
        )
        yield from ((one, best) for one in group if one is not best and one.version == best.version)


def _spot(one: Mapped) -> _Spot:
    return (one.shape.name, one.rows[0].id, one.within)


def _differ(one: Mapped, other: Mapped, volatile: frozenset[str]) -> bool:
    """Whether one says anything that the other does not, in a record or in `extra`."""
    if one.hash != other.hash and respelled(one).hash != respelled(other).hash:
        return True
    return bool(steady(one.raw, volatile) != steady(other.raw, volatile))


def _reason(one: Mapped, best: Mapped) -> BadItem:
    here, there = one.path, best.path
    if one.document is best.document:
        # Where on the page their document stands is no matter: another night it is elsewhere.
        top = len(one.document.path)
        here, there = f"${here[top:]}", f"${there[top:]}"
    return BadItem(
        f"{there} and {here} are two objects with one id, and no version says which is newer: the "
        "first is kept, the second set aside; the plugin has to make the id of a key, or of keys "
        "together, that tell them apart",
        path=f"$.{one.shape.id}",
    )
