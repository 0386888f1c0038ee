"""What becomes of every leaf of every item: found out by changing it and mapping again.

A leaf that a wire field claims becomes the record fields that change when it is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from duetrail.declared.where import Where
from duetrail.errors import DuetrailError
from duetrail.http import cut
from duetrail.json_tree import Steps, leaves, steps_of
from duetrail.model import fields_of
from duetrail.pipeline.items import places
from duetrail.source import Resource, Shape
from duetrail.testing.differences import EXTRA, Records, all_differences, records_of
from duetrail.testing.leaves import Leaf, is_inside, leads_into, on_page, place_of, put, spelled
from duetrail.testing.mutations import Mutation, empty, first_of, mutation
from duetrail.testing.samples import Sample
from duetrail.testing.wires import all_named, another, covers, kind_at

# A leaf is changed in so many items that differ in what their records tell, in each to all values
# other items show if there are no more than these, or else to some of them. While it has decided
# nothing yet, many more items are tried.
_ITEMS, _MOST_ITEMS, _VALUES, _SOME = 8, 80, 8, 2

_TIME, _DAY = "2001-02-03T00:00:00Z", "2001-02-03"
_TEXTS = ("made up", _TIME, _DAY, "7.25", "3")
# How often an item that is refused is mended.
_MENDINGS = 8


@frozen
class FieldLineage:
    """What becomes of a leaf.

    Attributes:
        path: Its normalised path.
        is_claimed: Whether a wire field names it.
        is_shown: Whether any sample shows it.
        becomes: The record fields that change with it, such as `Invoice.total`; a record's name
            alone where the leaf decides whether there is such a record; `extra`.
    """

    path: str
    is_claimed: bool
    is_shown: bool
    becomes: frozenset[str]


@frozen(eq=False)
class LineageStudy:
    """All that is shown of a shape, and what becomes of it.

    Attributes:
        shape: The shape.
        blank: A sample of its resource with nothing on the page.
        shown: The leaves of all samples, by path.
    """

    shape: Shape
    blank: Sample
    shown: Mapping[str, list[Leaf]]
    _mutations: dict[tuple[int, str], Mutation] = field(factory=dict)
    _picked: list[Leaf] = field(factory=list)

    @classmethod
    def of(cls, samples: Iterable[Sample], blank: Sample, shape: Shape) -> LineageStudy:
        """The study of a shape, with all samples of its resource and a blank one."""
        shown: dict[str, list[Leaf]] = {}
        for sample in samples:
            for leaf in on_page(sample, shape):
                shown.setdefault(leaf.path, []).append(leaf)
        return cls(shape, blank, shown)

    @property
    def host(self) -> Mutation:
        """A mutation with an item that has nothing but what is required, among real ones if any."""
        first = next(iter(self.shown.values()), None)
        return empty(self.blank, self.shape, self._mutation(first[0]) if first else None)

    def lineages(self, *, thorough: bool = True) -> list[FieldLineage]:
        """What becomes of every leaf, by path: of those shown and of those that are only named.

        Args:
            thorough: Whether all is told that a leaf becomes; otherwise one thing will do.
        """
        steps = {path: found[0].steps for path, found in self.shown.items()}
        for path in all_named(self.shape.wire):
            steps.setdefault(spelled(path), path)
        whole = [path for path in steps if not _has_parts(path, steps)]
        return [self._lineage(path, steps[path], thorough) for path in sorted(whole)]

    def takes(self, steps: Steps) -> bool:
        """Whether an item can hold a leaf that no sample shows."""
        kind = kind_at(self.shape.wire, steps)
        return any(
            one.changed(at, new) is not None
            for _, one, at, old in self.places(spelled(steps), steps)
            for new in _others(kind, old, [])
        )

    def accepted(self, item: Any) -> Sample | None:
        """A page as it is after cutting, with any item on it; None where it stays refused.

        What is refused in the item is replaced by what samples show in its place.
        """
        host, item = self.host, copy.deepcopy(item)
        cut(item, self.blank.resource.never_stored)
        for _ in range(_MENDINGS):
            one = host.holding(item)
            if not (refused := one.refused(one.before)):
                return one.sample.holding(one.data, "made up")
            if not (steps := steps_of(refused[0].json_path)):
                return None
            item = put(item, steps, next(iter(self.values(spelled(steps))), None))
        return None

    def values(self, path: str) -> list[Any]:
        """What the samples show at a path, each value once."""
        found = {repr(leaf.value): leaf.value for leaf in self.shown.get(path, ())}
        return [value for value in found.values() if value is not None]

    def _lineage(self, path: str, steps: Steps, thorough: bool) -> FieldLineage:
        is_claimed = covers(self.shape.wire, steps)
        becomes = self._becomes(path, steps, thorough) if is_claimed else frozenset({EXTRA})
        return FieldLineage(path, is_claimed, path in self.shown, becomes)

    def _becomes(self, path: str, steps: Steps, thorough: bool) -> frozenset[str]:
        kind, seen = kind_at(self.shape.wire, steps), self.values(path)
        if len(seen) > _VALUES:
            seen = seen[:_SOME]
        seen = [*Where.of(self.shape.where).wanted.get(path, ()), *seen]
        becomes: frozenset[str] = frozenset()
        for is_needed, one, at, old in self.places(path, steps):
            if becomes and not is_needed:
                break
            for new in _others(kind, old, seen):
                becomes |= one.changed(at, new) or frozenset()
                if becomes and not thorough:
                    return becomes
        return becomes

    def places(self, path: str, steps: Steps) -> Iterator[tuple[bool, Mutation, Steps, Any]]:
        """Where a leaf can be changed: a mutation, the way to the leaf, what stands there.

        Before these it is said whether the place is to be looked at in any case.
        """
        found = [leaf for leaf in self.shown.get(path, []) if self._is_left(leaf)]
        needed = found[:1]
        for leaf in needed:
            yield True, self._mutation(leaf), leaf.steps, leaf.value
        yield from self._made_room(self.host, path, steps)
        for other in self._typical():
            if not found:
                yield from self._made_room(self._mutation(other), path, steps)
            for leaf in [one for one in found if _item_of(one) == _item_of(other)][:1]:
                if leaf not in needed:
                    needed.append(leaf)
                    yield True, self._mutation(leaf), leaf.steps, leaf.value
        left = [leaf for leaf in found[:_MOST_ITEMS] if leaf not in needed]
        for leaf in sorted(left, key=lambda one: one.value is None):
            yield False, self._mutation(leaf), leaf.steps, leaf.value

    def _made_room(
        self, one: Mutation, path: str, steps: Steps
    ) -> Iterator[tuple[bool, Mutation, Steps, Any]]:
        """An item with the leaf put into it, null and not, so that nothing else is new with it."""
        first = tuple(0 if isinstance(step, int) else step for step in steps)
        kind = kind_at(self.shape.wire, steps)
        for old in (None, (self.values(path) or _invented(kind, None))[0]):
            item = put(one.item, first, old, self.shape.wire)
            yield True, one.holding(item), first, old

    def _is_left(self, leaf: Leaf) -> bool:
        """Whether it stands in what a mutation leaves of the items inside its item."""
        place = place_of(self.blank.resource, self.shape)
        inside = is_inside(place, leaf.steps)
        return not inside or not any(step for step in leaf.steps if isinstance(step, int))

    def _typical(self) -> list[Leaf]:
        """A leaf of each of a few items that together show all that records of the shape tell."""
        if not self._picked:
            told = self._told()
            left = frozenset().union(*(traits for _, traits in told))
            while left and len(self._picked) < _ITEMS:
                leaf, traits = max(told, key=lambda one: len(one[1] & left))
                self._picked.append(leaf)
                left -= traits
        return self._picked

    def _told(self) -> list[tuple[Leaf, frozenset[str]]]:
        """A leaf of every item with what the item's records tell."""
        records: dict[int, Records] = {}
        told: dict[tuple[int, str], tuple[Leaf, frozenset[str]]] = {}
        for leaf in (leaf for found in self.shown.values() for leaf in found):
            if (at := _item_of(leaf)) not in told:
                page = records.get(at[0]) or records_of(leaf.sample.mapped(leaf.sample.page.data))
                records[at[0]] = page
                told[at] = leaf, frozenset(_traits(page.get((at[1], self.shape.name), ())))
        return list(told.values())

    def _mutation(self, leaf: Leaf) -> Mutation:
        at = _item_of(leaf)
        if at not in self._mutations:
            self._mutations[at] = mutation(leaf.sample, leaf.found)
        return self._mutations[at]


def _has_parts(path: str, paths: Mapping[str, Any]) -> bool:
    return any(other.startswith((f"{path}.", f"{path}[")) for other in paths)


def _item_of(leaf: Leaf) -> tuple[int, str]:
    """What tells the item of a leaf from others."""
    return id(leaf.sample), leaf.found.path


def _traits(records: Iterable[Any]) -> Iterator[str]:
    """What records tell: the fields that are filled; of flags and words, also with what."""
    for record in records:
        for one in fields_of(type(record)):
            name, value = f"{type(record).__name__}.{one.name}", getattr(record, one.name)
            if "table" in one.metadata:
                yield from _traits(value)
            elif value not in (None, ()):
                yield name
                if isinstance(value, bool | StrEnum):
                    yield f"{name} {value}"


def _others(kind: Any, value: Any, seen: list[Any]) -> list[Any]:
    """Other values that may stand in place of one: those seen elsewhere, and made-up ones."""
    others = [*seen, *_invented(type(value) if kind is Any else kind, value)]
    return [other for other in others if other != value or type(other) is not type(value)]


def _invented(kind: Any, value: Any) -> list[Any]:
    if kind is str:
        return [f"not {value}", *_TEXTS]
    if kind is bool:
        return [True, False]
    if kind in (int, Decimal):
        return [(value or 0) + 1, 0]
    if kind in (datetime, date):
        return [another(kind, value), _TIME if kind is datetime else _DAY]
    return list(_TEXTS)


def beside(samples: Iterable[Sample], resource: Resource) -> list[FieldLineage]:
    """What becomes of the leaves of a resource's pages that stand in no item, by path."""
    shown: dict[str, list[tuple[Sample, Steps, Any]]] = {}
    for sample in map(_short, samples):
        for steps, value in leaves(sample.page.data):
            if not leads_into(places(resource), steps):
                shown.setdefault(spelled(steps), []).append((sample, steps, value))
    return [
        FieldLineage(path, False, True, _moved(found))
        for path, found in sorted(shown.items())
        if not _has_parts(path, shown)
    ]


def _short(sample: Sample) -> Sample:
    """The same with a few of the items on its page."""
    data = sample.page.data
    for place in places(sample.resource):
        data = first_of(data, place, _VALUES)
    return sample.holding(data, sample.origin)


def _moved(found: list[tuple[Sample, Steps, Any]]) -> frozenset[str]:
    """The record fields of pages that change with a leaf beside their items."""
    seen = [*{repr(value): value for *_, value in found}.values()][:_SOME]
    moved: frozenset[str] = frozenset()
    for sample, steps, old in found[:_ITEMS]:
        before = sample.mapped(sample.page.data)
        for new in _others(Any, old, seen):
            try:
                after = sample.mapped(put(sample.page.data, steps, new))
            except DuetrailError:
                continue
            if len(after.rejected) == len(before.rejected):
                moved |= all_differences(records_of(before), records_of(after))
    return moved
