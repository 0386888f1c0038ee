"""Absence: what a listing that was proven complete does not show any more.

A record is marked absent when each place that ever listed it was read to its end without it. An
object inside another one goes with it, be that a record or none, and what was asked for by its key
goes with the key. That an object is missing inside another one that is still there proves nothing:
no vendor promises that such lists are whole. Nothing is ever removed (a soft delete), and a record
that is met again is present again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from duetrail.model import Ref
from duetrail.pipeline.items import Place, places
from duetrail.pipeline.unrecorded import no_record, shown_as
from duetrail.source import Connection, Resource, Shape
from duetrail.stores import CheckpointQuery, Loss, StateChanges, Store


class Losses(Struct, frozen=True):
    """What a reading did not show any more.

    Attributes:
        absent: How many records were marked.
        missing: Those of them that the reading itself would have had to show.
        unshown: What it did not show where it had stood, marked or not.
        elsewhere: Records that are gone from a place, and still stand in another.
    """

    absent: int
    missing: tuple[Ref, ...]
    unshown: tuple[Ref, ...]
    elsewhere: tuple[Ref, ...]


class Absence(Struct, frozen=True, eq=False):
    """Marks records in a store.

    Args:
        store: Where observations and records are.
        run: The number of the run.
        at: The time to mark them with, as the store writes times.
    """

    _store: Store
    _run: int
    _at: str

    def after_listing(self, connection: Connection, resource: Resource, since: int) -> Losses:
        """Mark what a complete reading of a listing did not show.

        Args:
            connection: Whose.
            resource: Which was read to its end, from its beginning.
            since: The run in which that reading began.
        """
        loss = self._loss(connection, resource)
        return self._settle(connection, resource, loss._replace(unseen_since=since))

    def after_keys(self, connection: Connection, resource: Resource) -> Losses:
        """Mark what the answers to keys did not show any more."""
        loss = self._loss(connection, resource)
        return self._settle(connection, resource, loss._replace(is_unanswered=True))

    def _loss(self, connection: Connection, resource: Resource, *shapes: Shape) -> Loss:
        names = [shape.name for shape in shapes]
        return Loss(connection.name, resource.name, self._run, names)

    def _settle(self, connection: Connection, resource: Resource, loss: Loss) -> Losses:
        lost = self._not_listed(connection, resource, loss)
        # A detail is asked for by the id that a list showed: after the list has dropped the record,
        # an old detail of it would keep it present for ever.
        beside = [(r.name, s.name) for r, s in _beside(connection)]
        absent: list[Ref] = []
        every: list[Ref] = []
        unshown = tuple(lost)
        missing: tuple[Ref, ...] | None = None
        # What stood inside an absent record is missing with it, so it may be absent, too, with more
        # inside of its own. This ends: what is missing already is never found missing again.
        while lost:
            every += lost
            marked = self._store.mark_absent(lost, self._at, beside, self._run)
            missing = tuple(marked) if missing is None else missing
            absent += marked
            lost = [ref for table in _tables(marked) for ref in self._with(connection, *table)]
        gone = set(absent)
        elsewhere = tuple(ref for ref in dict.fromkeys(every) if ref not in gone)
        return Losses(len(absent), missing or (), unshown, elsewhere)

    def _not_listed(self, connection: Connection, resource: Resource, loss: Loss) -> list[Ref]:
        """What a list does not show any more, and what stood inside that where it is no record."""
        shapes = listed(resource)
        outer = {no_record(shape.name): shape for shape in shapes if _inside(resource, shape)}
        names = [*(shape.name for shape in shapes), *outer]
        lost, gone = [], defaultdict(list)
        for ref in self._store.mark_missing(loss._replace(shapes=names)):
            if ref.record in outer:
                gone[ref.record].append(ref.id)
            else:
                lost.append(ref)
        for name, ids in gone.items():
            shape = outer[name]
            left = self._unlisted(connection, resource, shape, ids)
            for inner, depth in _inside(resource, shape) if left else ():
                within = loss._replace(shapes=[inner.name], places=left, depth=depth)
                lost += self._store.mark_missing(within)
        return lost

    def _with(self, connection: Connection, table: str, ids: list[str]) -> Iterator[Ref]:
        """What is missing because these records are absent."""
        for resource, shape, outer, depth in _below(connection, table):
            loss = self._loss(connection, resource, shape)
            gone = ids
            if outer is not None:
                gone = self._unlisted(connection, resource, outer, ids, absent=table)
            yield from self._store.mark_missing(loss._replace(places=gone, depth=depth))
            if resource.keys is not None and depth == 0:
                # When it is back, its key is asked again, however settled the answer was.
                asked_again = CheckpointQuery(connection.name, resource.name, ids)
                self._store.put_sync_state(StateChanges(dropped_checkpoints=[asked_again]))

    def _unlisted(
        self,
        connection: Connection,
        resource: Resource,
        outer: Shape,
        ids: list[str],
        absent: str = "",
    ) -> list[str]:
        """Those of some objects that are not listed still: as another record, or as none.

        Args:
            connection: Whose.
            resource: The list.
            outer: The shape that they had.
            ids: Their ids.
            absent: The table of records that are absent, wherever details still show them.
        """
        names = [
            name
            for shape in _holding(resource, outer.path)
            for name in ((shape.record.table, shape.name), (no_record(shape.name),) * 2)
            if name[0] != absent
        ]
        refs = [Ref(connection.name, table, id) for table, _ in names for id in ids]
        still = shown_as(self._store, resource, [shape for _, shape in names], refs)
        return [id for id in dict.fromkeys(ids) if id not in still]


def listed(resource: Resource) -> list[Shape]:
    """The shapes that stand in a list of their own, not inside another object."""
    return [p.shape for p in places(resource) if "[*]" in p.shape.path]


def _below(
    connection: Connection, table: str
) -> Iterator[tuple[Resource, Shape, Shape | None, int]]:
    """The shapes that stand inside such records, however deep, or were asked by their ids.

    Each with the shape of the record around, none where a key was asked, and with the line of
    `within` that names the record: the innermost comes first.
    """
    for resource in connection.source.resources:
        keys = resource.keys
        is_keyed = keys is not None and keys.option is None and keys.record.table == table
        for around, shape in _nested(places(resource)):
            if is_keyed and keys is not None and keys.column == "id":
                yield resource, shape, None, 0
            # The first line of a place is the key, where there is one; then the items around.
            for depth, outer in enumerate(around, start=0 if keys is None else 1):
                if outer.record.table == table:
                    yield resource, shape, outer, depth


def _inside(resource: Resource, outer: Shape) -> list[tuple[Shape, int]]:
    """The shapes inside another, however deep, each with the line of `within` that names it."""
    keys = 0 if resource.keys is None else 1
    nested = _nested(places(resource))
    return [(shape, around.index(outer) + keys) for around, shape in nested if outer in around]


def _holding(resource: Resource, path: str) -> list[Shape]:
    """The shapes at a path that others stand inside; what is no more of one may be of another."""
    every = (shape for around, _ in _nested(places(resource)) for shape in around)
    return list({shape.name: shape for shape in every if shape.path == path}.values())


def _nested(
    found: Iterable[Place], around: tuple[Shape, ...] = ()
) -> Iterator[tuple[tuple[Shape, ...], Shape]]:
    """Every shape with those around it, the innermost first."""
    for place in found:
        yield around, place.shape
        yield from _nested(place.inner, (place.shape, *around))


def _beside(connection: Connection) -> Iterator[tuple[Resource, Shape]]:
    """Details of a record that were asked for by its own id: they prove nothing of their own."""
    for resource in connection.source.resources:
        if resource.keys is not None and resource.keys.option is None:
            for _, shape in _nested(places(resource)):
                if shape.record is resource.keys.record:
                    yield resource, shape


def _tables(refs: Iterable[Ref]) -> Iterator[tuple[str, list[str]]]:
    ids: dict[str, list[str]] = {}
    for ref in refs:
        ids.setdefault(ref.record, []).append(ref.id)
    yield from ids.items()
