"""What becomes of every leaf of every item: found out by changing it and mapping again.

A leaf that a wire field claims becomes the record fields that change when it is changed. Knows no
vendor; the tests beside it and those of the documentation take what they need from it.
"""

from __future__ import annotations

import copy
import runpy
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
from attrs import field, frozen

from duetrail.errors import DuetrailError
from duetrail.http import cut
from duetrail.model import Money, Record, fields_of
from duetrail.pipeline.items import Found, Place, places
from duetrail.pipeline.mapping import Batch
from duetrail.source import Resource, Shape

# Test folders are no packages, so what they share is run, not imported.
leaves, generated = (
    SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(f"{name}.py"))))
    for name in ("leaves", "generated")
)

Leaf = Any  # of `leaves.py`
Sample = Any  # of `samples.py`
Samples = Any
Steps = tuple[str | int, ...]
Records = Mapping[tuple[str, str], tuple[Record, ...]]

EXTRA = "extra"

# A leaf is changed in so many items that differ in what their records tell, in each to all values
# other items show if there are no more than these, or else to some of them. While it has decided
# nothing yet, many more items are tried.
_ITEMS, _MOST_ITEMS, _VALUES, _SOME = 8, 80, 8, 2

_TIME, _DAY = "2001-02-03T00:00:00Z", "2001-02-03"
_TEXTS = ("made up", _TIME, _DAY, "7.25", "3")
# How often an item that is refused is mended.
_MENDINGS = 8


@frozen
class Fate:
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
class Trial:
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

    @before.default
    def _before(self) -> Batch:
        return self.sample.mapped(self.data)

    @property
    def item(self) -> Any:
        """The item as it is."""
        return generated.at(self.data, self.at)

    def holding(self, item: Any) -> Trial:
        """The same with another item in its place."""
        return Trial(self.sample, self.shape, leaves.put(self.data, self.at, item), self.at)

    def changed(self, steps: Steps, value: Any) -> frozenset[str] | None:
        """The record fields that change with a leaf; None where the value is not valid there.

        The records are those of the item and of the items inside it; those inside count no more
        where the leaf stands in one of them, since it is a leaf of that one as well.
        """
        item = leaves.put(self.item, steps, value, self.shape.wire)
        after = self.sample.mapped(leaves.put(self.data, self.at, item))
        if self.refused(self.before) or self.refused(after):
            return None
        own = leaves.is_inside(leaves.place_of(self.sample.resource, self.shape), steps)
        old, new = self._records(self.before, own), self._records(after, own)
        return _all_differences(old, new)

    def refused(self, batch: Batch) -> list[Any]:
        """The rejects the item became."""
        return [r for r in batch.rejected if r.shape is self.shape and r.path == self._path]

    @property
    def _path(self) -> str:
        return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in self.at)

    def _records(self, batch: Batch, own: bool) -> Records:
        around = () if own else (f"{self._path}.", f"{self._path}[")
        return {
            at: records
            for at, records in _records(batch).items()
            if at == (self._path, self.shape.name) or at[0].startswith(around)
        }


# --- trials --------------------------------------------------------------------------------------


def trial(sample: Sample, found: Found) -> Trial:
    """A trial with one item of a sample, and the first of the items around and inside it."""
    steps = leaves.steps_of(found.path)
    data = _only(sample.page.data, steps)
    for place in places(sample.resource):
        data = _first(data, place.steps, place)
    at = tuple(0 if isinstance(step, int) else step for step in steps)
    return Trial(sample, found.place.shape, data, at)


def empty(blank: Sample, shape: Shape, like: Trial | None = None) -> Trial:
    """A trial with an item that has nothing but what is required.

    Args:
        blank: A sample with nothing on its page.
        shape: The item's shape.
        like: A trial whose item it takes the place of; without one, all around it is made up.
    """
    if like is not None:
        return like.holding(_empty_item(shape))
    data: Any = {}
    for outer in sorted(blank.resource.shapes, key=lambda one: len(one.path)):
        if shape.path.startswith((f"{outer.path}.", f"{outer.path}[")):
            data = leaves.put(data, leaves.steps_of(outer.path), _empty_item(outer))
    at = leaves.steps_of(shape.path)
    return Trial(blank, shape, leaves.put(data, at, _empty_item(shape)), at)


def _empty_item(shape: Shape) -> dict[str, Any]:
    return {shape.id: "made-up"} | leaves.needed(shape.wire)


def _only(value: Any, steps: Steps) -> Any:
    """A copy with nothing in the lists along a path but what the path leads to."""
    if not steps:
        return value
    part = _only(value[steps[0]], steps[1:])
    return [part] if isinstance(steps[0], int) else value | {steps[0]: part}


def _first(value: Any, steps: tuple[str, ...], place: Place, most: int = 1) -> Any:
    """A copy with the first items at a place, and one at each place inside them."""
    if not steps:
        for inner in place.inner:
            value = _first(value, inner.steps, inner)
        return value
    if steps[0] == leaves.EACH and isinstance(value, list):
        return [_first(part, steps[1:], place, most) for part in value[:most]]
    if isinstance(value, dict) and steps[0] in value:
        return value | {steps[0]: _first(value[steps[0]], steps[1:], place, most)}
    return value


# --- fates ---------------------------------------------------------------------------------------


@frozen(eq=False)
class Study:
    """All that is shown of a shape, and what becomes of it.

    Attributes:
        shape: The shape.
        blank: A sample of its resource with nothing on the page.
        shown: The leaves of all samples, by path.
    """

    shape: Shape
    blank: Sample
    shown: Mapping[str, list[Leaf]]
    _trials: dict[tuple[int, str], Trial] = field(factory=dict)
    _picked: list[Leaf] = field(factory=list)

    @classmethod
    def of(cls, samples: Samples, vendor: str, resource: Resource, shape: Shape) -> Study:
        """The study of a shape, with all samples of it."""
        shown: dict[str, list[Leaf]] = {}
        for sample in samples.of(vendor, resource.name):
            for leaf in leaves.on_page(sample, shape):
                shown.setdefault(leaf.path, []).append(leaf)
        return cls(shape, samples.blank(vendor, resource), shown)

    @property
    def host(self) -> Trial:
        """A trial with an item that has nothing but what is required, among real ones if any."""
        first = next(iter(self.shown.values()), None)
        return empty(self.blank, self.shape, self._trial(first[0]) if first else None)

    def fates(self, *, thorough: bool = True) -> list[Fate]:
        """What becomes of every leaf, by path: of those shown and of those that are only named.

        Args:
            thorough: Whether all is told that a leaf becomes; otherwise one thing will do.
        """
        steps = {path: found[0].steps for path, found in self.shown.items()}
        for path in leaves.all_named(self.shape.wire):
            steps.setdefault(leaves.spelled(path), path)
        whole = [path for path in steps if not _has_parts(path, steps)]
        return [self._fate(path, steps[path], thorough) for path in sorted(whole)]

    def takes(self, steps: Steps) -> bool:
        """Whether an item can hold a leaf that no sample shows."""
        kind = leaves.kind_at(self.shape.wire, steps)
        return any(
            one.changed(at, new) is not None
            for _, one, at, old in self._places(leaves.spelled(steps), steps)
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
            if not (steps := leaves.steps_of(refused[0].json_path)):
                return None
            item = leaves.put(item, steps, next(iter(self.values(leaves.spelled(steps))), None))
        return None

    def values(self, path: str) -> list[Any]:
        """What the samples show at a path, each value once."""
        found = {repr(leaf.value): leaf.value for leaf in self.shown.get(path, ())}
        return [value for value in found.values() if value is not None]

    def _fate(self, path: str, steps: Steps, thorough: bool) -> Fate:
        is_claimed = generated.covers(self.shape.wire, steps)
        becomes = self._becomes(path, steps, thorough) if is_claimed else frozenset({EXTRA})
        return Fate(path, is_claimed, path in self.shown, becomes)

    def _becomes(self, path: str, steps: Steps, thorough: bool) -> frozenset[str]:
        kind, seen = leaves.kind_at(self.shape.wire, steps), self.values(path)
        if len(seen) > _VALUES:
            seen = seen[:_SOME]
        becomes: frozenset[str] = frozenset()
        for is_needed, one, at, old in self._places(path, steps):
            if becomes and not is_needed:
                break
            for new in _others(kind, old, seen):
                becomes |= one.changed(at, new) or frozenset()
                if becomes and not thorough:
                    return becomes
        return becomes

    def _places(self, path: str, steps: Steps) -> Iterator[tuple[bool, Trial, Steps, Any]]:
        """Where a leaf can be changed: a trial, the way to the leaf, what stands there.

        Before these it is said whether the place is to be looked at in any case.
        """
        found = [leaf for leaf in self.shown.get(path, []) if self._is_left(leaf)]
        for leaf in found[:1]:
            yield True, self._trial(leaf), leaf.steps, leaf.value
        yield from self._made_room(self.host, path, steps)
        for other in self._typical():
            if not found:
                yield from self._made_room(self._trial(other), path, steps)
            for leaf in [one for one in found if _item_of(one) == _item_of(other)][:1]:
                yield True, self._trial(leaf), leaf.steps, leaf.value
        for leaf in sorted(found[:_MOST_ITEMS], key=lambda one: one.value is None):
            yield False, self._trial(leaf), leaf.steps, leaf.value

    def _made_room(
        self, one: Trial, path: str, steps: Steps
    ) -> Iterator[tuple[bool, Trial, Steps, Any]]:
        """An item with the leaf put into it, null and not, so that nothing else is new with it."""
        first = tuple(0 if isinstance(step, int) else step for step in steps)
        kind = leaves.kind_at(self.shape.wire, steps)
        for old in (None, (self.values(path) or _invented(kind, None))[0]):
            item = leaves.put(one.item, first, old, self.shape.wire)
            yield True, one.holding(item), first, old

    def _is_left(self, leaf: Leaf) -> bool:
        """Whether it stands in what a trial leaves of the items inside its item."""
        place = leaves.place_of(self.blank.resource, self.shape)
        inside = leaves.is_inside(place, leaf.steps)
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
                page = records.get(at[0]) or _records(leaf.sample.mapped(leaf.sample.page.data))
                records[at[0]] = page
                told[at] = leaf, frozenset(_traits(page.get((at[1], self.shape.name), ())))
        return list(told.values())

    def _trial(self, leaf: Leaf) -> Trial:
        at = _item_of(leaf)
        if at not in self._trials:
            self._trials[at] = trial(leaf.sample, leaf.found)
        return self._trials[at]


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
        return [generated.another(kind, value), _TIME if kind is datetime else _DAY]
    return list(_TEXTS)


# --- what stands beside the items ----------------------------------------------------------------


def beside(samples: Samples, vendor: str, resource: Resource) -> list[Fate]:
    """What becomes of the leaves of a resource's pages that stand in no item, by path."""
    shown: dict[str, list[tuple[Sample, Steps, Any]]] = {}
    for sample in map(_short, samples.of(vendor, resource.name)):
        for steps, value in generated.leaves(sample.page.data):
            if not leaves.leads_into(places(resource), steps):
                shown.setdefault(leaves.spelled(steps), []).append((sample, steps, value))
    return [
        Fate(path, False, True, _moved(found))
        for path, found in sorted(shown.items())
        if not _has_parts(path, shown)
    ]


def _short(sample: Sample) -> Sample:
    """The same with a few of the items on its page."""
    data = sample.page.data
    for place in places(sample.resource):
        data = _first(data, place.steps, place, _VALUES)
    return sample.holding(data, sample.origin)


def _moved(found: list[tuple[Sample, Steps, Any]]) -> frozenset[str]:
    """The record fields of pages that change with a leaf beside their items."""
    seen = [*{repr(value): value for *_, value in found}.values()][:_SOME]
    moved: frozenset[str] = frozenset()
    for sample, steps, old in found[:_ITEMS]:
        before = sample.mapped(sample.page.data)
        for new in _others(Any, old, seen):
            try:
                after = sample.mapped(leaves.put(sample.page.data, steps, new))
            except DuetrailError:
                continue
            if len(after.rejected) == len(before.rejected):
                moved |= _all_differences(_records(before), _records(after))
    return moved


# --- records -------------------------------------------------------------------------------------


def _records(batch: Batch) -> Records:
    """The records of every item, by its place and shape, with `extra`."""
    return {(one.path, one.shape.name): tuple(one.with_extra()) for one in batch.mapped}


def _all_differences(old: Records, new: Records) -> frozenset[str]:
    pairs = [(old.get(at, ()), new.get(at, ())) for at in {**old, **new}]
    return frozenset(name for pair in pairs for name in _differences(*pair))


def _differences(before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
    """What tells records from others: field by field, in order."""
    for old, new in zip_longest(before, after):
        if type(old) is not type(new):
            yield from (type(one).__name__ for one in (old, new) if one is not None)
            continue
        for one in fields_of(type(old)):
            values = getattr(old, one.name), getattr(new, one.name)
            if "table" in one.metadata:
                yield from _differences(*values)
            elif one.name != "connection":
                yield from _fields(f"{type(old).__name__}.{one.name}", *values)
        if getattr(old, EXTRA, None) != getattr(new, EXTRA, None):
            yield EXTRA


def _fields(name: str, old: Any, new: Any) -> Iterator[str]:
    """The name of a field whose values differ; of an address, the parts that do."""
    if isinstance(old, Money) or isinstance(new, Money):
        # The store keeps the currency once, in a field of its own.
        parts = [(m.amount, m.minor) if m is not None else None for m in (old, new)]
        if parts[0] != parts[1]:
            yield name
    elif attrs.has(type(old)) and type(old) is type(new):
        for one in attrs.fields(type(old)):
            yield from _fields(f"{name}.{one.name}", getattr(old, one.name), getattr(new, one.name))
    elif old != new:
        yield name


def is_carried(shape: Shape, name: str) -> bool:
    """Whether a shape has a say in a field; what is in no record of its own kind it has."""
    kind, _, field_ = name.partition(".")
    if shape.carries is None or field_ == "id":
        return True
    if kind == shape.record.__name__:
        return not field_ or field_.partition(".")[0] in shape.carries
    children = [one for one in fields_of(shape.record) if "table" in one.metadata]
    named = [one.name for one in children if leaves.element(one.type).__name__ == kind]
    return all(one in shape.carries for one in named)
