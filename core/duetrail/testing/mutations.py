"""Trials: a page with one item that is changed, to see what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from duetrail.declared.where import Where
from duetrail.json_tree import Steps, along, at, path_of, steps_of
from duetrail.pipeline.batch import Batch, Mapped, Rejected
from duetrail.pipeline.items import Found, Place, places
from duetrail.source import Shape
from duetrail.testing.differences import Records, all_differences, records_of, with_children
from duetrail.testing.leaves import is_inside, place_of, put
from duetrail.testing.samples import Sample
from duetrail.testing.wires import another, bare, kind_at, needed


@frozen(eq=False)
class Mutation:
    """A page with one item that will be changed, and as little else as can be.

    Attributes:
        sample: Whose page it is.
        shape: The item's shape.
        data: The page's data.
        at: Where the item stands.
        before: What becomes of the page as it is.
    """

    sample: Sample
    shape: Shape
    data: Any
    at: Steps
    before: Batch = field(init=False)
    _made: dict[bool, Records] = field(init=False, factory=dict, repr=False)

    @before.default
    def _before(self) -> Batch:
        return self.sample.mapped(self.data)

    @property
    def item(self) -> Any:
        """The item as it is."""
        return at(self.data, self.at)

    def holding(self, item: Any) -> Mutation:
        """The same with another item in its place."""
        return Mutation(self.sample, self.shape, put(self.data, self.at, item), self.at)

    def with_leaf(self, steps: Steps, value: Any) -> Mutation:
        """The same with another value at a path in the item."""
        return self.holding(put(self.item, steps, value, self.shape.wire))

    @property
    def is_refused(self) -> bool:
        """Whether the item is set aside."""
        return bool(self.refused(self.before))

    @property
    def records(self) -> Records:
        """The records of the item and of the items inside it; none of one that is set aside."""
        return self._records(own=False)

    @property
    def whole_records(self) -> Iterator[Any]:
        """The same, one after the other, each with the children in it."""
        for made in self.records.values():
            for record in made:
                yield from with_children(record)

    def changed(self, steps: Steps, value: Any) -> frozenset[str] | None:
        """The record fields that change with a leaf; None where the value is not valid there.

        The records are those of the item and of the items inside it; those inside count no more
        where the leaf stands in one of them, since it is a leaf of that one as well.
        """
        other = self.with_leaf(steps, value)
        if self.is_refused or other.is_refused:
            return None
        own = is_inside(place_of(self.sample.resource, self.shape), steps)
        return all_differences(self._records(own), other._records(own))

    def refused(self, batch: Batch) -> list[Rejected]:
        """The rejects the item became."""
        return [r for r in batch.rejected if r.shape is self.shape and r.path == self._path]

    @property
    def _path(self) -> str:
        return path_of(self.at)

    def _records(self, own: bool) -> Records:
        """The records of the item, and of those inside it; made once, being compared with many."""
        if own not in self._made:
            around = () if own else (f"{self._path}.", f"{self._path}[")
            kept = [
                one
                for one in self.before.mapped
                if self._is_item(one) or one.path.startswith(around)
            ]
            self._made[own] = records_of(evolve(self.before, mapped=tuple(kept)))
        return self._made[own]

    def _is_item(self, one: Mapped) -> bool:
        return (one.path, one.shape.name) == (self._path, self.shape.name)


def mutation(sample: Sample, found: Found) -> Mutation:
    """A mutation with one item of a sample, and the first of the items around and inside it."""
    steps = steps_of(found.path)
    data = _only(sample.page.data, steps)
    for place in places(sample.resource):
        data = first_of(data, place)
    at = tuple(0 if isinstance(step, int) else step for step in steps)
    return Mutation(sample, found.place.shape, data, at)


def empty(blank: Sample, shape: Shape, like: Mutation | None = None) -> Mutation:
    """A mutation with an item that has nothing but what is required.

    Args:
        blank: A sample with nothing on its page.
        shape: The item's shape.
        like: A mutation whose item it takes the place of; without one, all around it is made up.
    """
    if like is not None:
        return like.holding(_empty_item(shape))
    data: Any = {}
    for outer in sorted(blank.resource.shapes, key=lambda one: len(one.path)):
        if shape.path.startswith((f"{outer.path}.", f"{outer.path}[")):
            data = put(data, steps_of(outer.path), _empty_item(outer))
    at = steps_of(shape.path)
    return Mutation(blank, shape, put(data, at, _empty_item(shape)), at)


def _empty_item(shape: Shape) -> dict[str, Any]:
    kind = bare(kind_at(shape.wire, (shape.id,)))
    id = another(kind, None) if kind in (int, Decimal, datetime, date) else "made-up"
    item = {shape.id: id} | needed(shape.wire)
    for key, values in Where.of(shape.where).wanted.items():
        item = put(item, steps_of(f"$.{key}"), values[0])
    return item


def _only(value: Any, steps: Steps) -> Any:
    """A copy with nothing in the lists along a path but what the path leads to."""
    if not steps:
        return value
    part = _only(value[steps[0]], steps[1:])
    return [part] if isinstance(steps[0], int) else value | {steps[0]: part}


def first_of(value: Any, place: Place, most: int = 1) -> Any:
    """A copy with the first items at a place, and one at each place inside them."""

    def inside(part: Any) -> Any:
        for inner in place.inner:
            part = first_of(part, inner)
        return part

    return along(value, place.steps, pick=lambda rows: rows[:most], end=inside)
