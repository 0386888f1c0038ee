"""Sights: the items of a page, each beside what the store knows of it in its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from duetrail.model import Ref
from duetrail.pipeline.batch import Mapped
from duetrail.pipeline.documents import Document
from duetrail.stores import Observation, Place, Situation

_Spot = tuple[str, str, str]  # shape, id, within


class Sight(NamedTuple):
    """An item beside what the store knows of it in its place.

    Attributes:
        mapped: The item.
        ref: Its record.
        place: Its place.
        before: What is known; None for nothing.
        verdict: `new` in its place, `same` as before, `changed`, or `older` than what is known.
    """

    mapped: Mapped
    ref: Ref
    place: Place
    before: Observation | None
    verdict: str

    @property
    def is_news(self) -> bool:
        """Whether the item says something that is not stored."""
        return self.verdict in ("new", "changed")

    @property
    def is_arrival(self) -> bool:
        """Whether the item was not in its place before."""
        return self.before is None or self.before.missing > 0

    @property
    def is_stirred(self) -> bool:
        """Whether it says nothing new, and yet its record may become another.

        What is known of it was missing, and counts again; or its hash, which decides between
        equals, changed.
        """
        before = self.before
        if before is None or self.is_news:
            return False
        is_other_hash = self.verdict == "same" and before.hash != self.mapped.hash
        return before.missing > 0 or is_other_hash


def is_contradicted(
    sight: Sight, others: Iterable[Observation], situation: Situation, run: int
) -> bool:
    """Whether others of its shape and id, met in the same run, say something else.

    It may be the same object, of another moment, or another one. Not where a version says which is
    newer.
    """
    mapped = sight.mapped
    return any(
        (one.resource, one.shape) == sight.place[:2]
        and one.version == mapped.version
        and one.hash != mapped.hash
        and not one.missing
        and situation.seen(one) == run
        for one in others
    )


def newest(mapped: Iterable[Mapped]) -> tuple[list[Mapped], int, set[Document]]:
    """The newest of each object in each place on a page.

    Returns:
        With it how many older ones differed, and the documents of which something was left out
        because another one shows it, too.
    """
    best: dict[_Spot, Mapped] = {}
    doubles: list[tuple[_Spot, Document]] = []
    older = 0
    for item in mapped:
        key = (item.shape.name, item.rows[0].id, item.within)
        before = best.get(key)
        if before is None:
            best[key] = item
            continue
        doubles += [(key, before.document), (key, item.document)]
        if before.hash != item.hash:
            older += 1
            best[key] = max(before, item, key=lambda m: (m.version, m.hash))
    partial = {document for key, document in doubles if best[key].document != document}
    return list(best.values()), older, partial
