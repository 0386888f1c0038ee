"""Inner lists: whether what should stand inside some objects stands in any of them.

A vendor that sends an empty list says that there is nothing; one that never sends the key says
nothing at all, and neither does a path that is misspelt. The objects around have a shape, or are
rows without one, of which nothing but what stands inside them is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from duetrail.pipeline.batch import NO_LISTS
from duetrail.pipeline.items import Found
from duetrail.pipeline.places import EACH, Place, places
from duetrail.source import Page, Resource
from duetrail.wire.projecting import projector

_LEFT_OUT = (
    "If a vendor leaves that out where there is nothing, its shape says so with "
    "may_be_absent=True; else the path is wrong, or has to be asked for"
)

_GAVE_NOTHING = (
    "So nothing came of these objects: unless there is nothing yet, the path is wrong, or has to "
    "be asked for"
)


def inner_lists(outer: Iterable[Found], shown: Iterable[str]) -> dict[str, bool]:
    """By the name of each shape inside another whether its path exists in any object around.

    Args:
        outer: The objects that may hold others.
        shown: The names of the shapes of which something was found inside them.
    """
    by_place: dict[Place, list[Found]] = {}
    for found in outer:
        by_place.setdefault(found.place, []).append(found)
    there = set(shown)
    return {
        inner.shape.name: inner.shape.name in there or any(has(one, inner.steps) for one in founds)
        for place, founds in by_place.items()
        for inner in place.inner
        if not inner.shape.may_be_absent
    }


def lists_in_rows(resource: Resource, page: Page, shown: Iterable[str]) -> Mapping[str, bool]:
    """By the name of each shape inside rows without a shape whether its path exists in any of them.

    Args:
        resource: What the page shows.
        page: The page; one without a row says nothing.
        shown: The paths of the shapes of which something was found on it.
    """
    every = _in_rows(resource)
    if not every:
        return NO_LISTS
    there = set(shown)
    lists = {one.shape: True for one in every if one.path in there}
    if others := [one for one in every if one.path not in there]:
        data = page.only(*(_path(one.outer + one.way) for one in others))
        for one in others:
            if rows := _rows(data, one.outer[:-1]):
                lists[one.shape] = any(_leads(row, one.way) for row in rows)
    return lists


class _InRows(Struct, frozen=True):
    """A shape in rows that have none.

    Attributes:
        shape: Its name.
        path: Its path.
        outer: The steps from the page to each row of the first list.
        way: Those from a row to what has to be there.
    """

    shape: str
    path: str
    outer: tuple[str, ...]
    way: tuple[str, ...]


@cache
def _in_rows(resource: Resource) -> tuple[_InRows, ...]:
    found = []
    for place in places(resource):
        to_row = place.steps.index(EACH) + 1 if EACH in place.steps else len(place.steps)
        outer, way = place.steps[:to_row], _way(place.steps[to_row:])
        if way:
            found.append(_InRows(place.shape.name, place.shape.path, outer, way))
    return tuple(found)


def _rows(data: Any, steps: tuple[str, ...]) -> list[Any]:
    for step in steps:
        data = data.get(step) if isinstance(data, dict) else None
    return data if isinstance(data, list) else []


@cache
def inner_shapes(resource: Resource) -> tuple[str, ...]:
    """The names of the shapes inside others."""
    return tuple(name for place in places(resource) for name in _below(place))


def missing_inside(
    resource: Resource, lists: Mapping[str, bool], seen: str, *, is_empty: bool
) -> Iterator[str]:
    """What the user is told of each shape whose path exists nowhere.

    What may be absent is told where nothing else came either: rows of which nothing is read are no
    result, whatever is normal.

    Args:
        resource: What was read.
        lists: By the name of a shape whether its path exists; of others nothing is told.
        seen: What showed the objects around, such as `reading`.
        is_empty: Whether it was seen to its end and gave no item at all.
    """
    for shape in resource.shapes:
        if lists.get(shape.name, True) or (shape.may_be_absent and not is_empty):
            continue
        yield (
            f"nothing was looked at for {shape.name!r}: no object that this {seen} showed has what "
            f"leads to {shape.path}. {_GAVE_NOTHING if is_empty else _LEFT_OUT}"
        )


def _below(place: Place) -> Iterator[str]:
    for inner in place.inner:
        yield inner.shape.name
        yield from _below(inner)


def has(found: Found, steps: tuple[str, ...]) -> bool:
    """Whether some steps lead anywhere from an object; so they do where something else is wrong."""
    way = _way(steps)
    try:
        seen = found.apart.parts(_reader(way))
        return _leads(found.raw if seen is None else seen, way)
    except (ValueError, ArithmeticError, RecursionError):
        return True


def _way(steps: tuple[str, ...]) -> tuple[str, ...]:
    """The steps to what has to be there: a list, of whatever length, or an object."""
    return steps[:-1] if steps[-1:] == (EACH,) else steps


def _path(steps: tuple[str, ...]) -> str:
    return "$" + "".join(step if step == EACH else f".{step}" for step in steps)


@cache
def _reader(way: tuple[str, ...]) -> Callable[[Any], Any]:
    return projector((_path(way),), leaf=msgspec.Raw)


def _leads(value: Any, way: tuple[str, ...]) -> bool:
    if not way:
        return True
    if isinstance(value, list) and way[0] == EACH:
        return not value or any(_leads(one, way[1:]) for one in value)
    if isinstance(value, dict):
        return way[0] in value and _leads(value[way[0]], way[1:])
    return True
