"""Unrecorded: objects of a list that became no record, and hold items of their own.

What stands inside a record goes with the record. Where the object around is left out on purpose,
or is a bad item, there may be none, so it is noted that the object was listed: as an observation of
no record, which a complete reading finds missing as any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from duetrail.model import Ref
from duetrail.pipeline.items import Found
from duetrail.pipeline.surroundings import within
from duetrail.privacy.suppression import Suppression
from duetrail.source import Connection, Resource, Shard
from duetrail.stores import Observation, ObservationQuery, Store, as_line, from_line
from duetrail.stores.situation import Place


class Unrecorded(Struct, frozen=True):
    """One of these objects.

    Attributes:
        shape: The name of its shape.
        id: Its id.
        within: What it stood in.
        path: Where on the page it stood.
    """

    shape: str
    id: str
    within: str
    path: str


def unrecorded(found: Found, shard: Shard) -> Iterator[Unrecorded]:
    """The object that became no record, where it is one of a list and may hold other items.

    Args:
        found: What was left out, or rejected.
        shard: The shard its page belongs to.
    """
    shape, is_outer = found.place.shape, found.parent is None and bool(found.place.inner)
    if is_outer and found.id and "[*]" in shape.path:
        yield Unrecorded(shape.name, found.id, within(found, shard), found.path)


def observed_unrecorded(
    connection: Connection,
    resource: Resource,
    objects: Iterable[Unrecorded],
    run: int,
    suppression: Suppression,
) -> Iterator[tuple[tuple[Ref, Place], Observation]]:
    """What is noted of objects that were listed, but for those whose id is a person."""
    for one in objects:
        id, around = one.id, one.within
        if suppression:
            if suppression.is_personal_id(id):
                continue
            id, around = from_line(suppression.lines(as_line(id))), suppression.lines(around)
        name = no_record(one.shape)
        ref, place = Ref(connection.name, name, id), (resource.name, name, around)
        yield (ref, place), Observation(*ref, *place, "", b"", 0, 0, one.path, run)


def no_record(shape: str) -> str:
    """What such an observation has as its table and its shape, as nothing else does."""
    return f"{shape} (no record)"


def shown_as(
    store: Store, resource: Resource, shapes: Collection[str], refs: Iterable[Ref]
) -> set[str]:
    """The ids of those that are not missing from a list.

    Args:
        store: Where observations are.
        resource: The list.
        shapes: In which forms they stand there.
        refs: Records; or objects that are none, by `no_record`.
    """
    asked = ObservationQuery(
        refs=list(refs), resource=resource.name, shapes=shapes, is_present=True
    )
    return {one.id for one in store.observations(asked)}
