"""Inner lists: whether what should stand inside some objects stands in any of them.

A vendor that sends an empty list says that there is nothing; one that never sends the key says
nothing at all, and neither does a path that is misspelt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from duetrail.pipeline.items import Found
from duetrail.pipeline.places import EACH, Place, places
from duetrail.source import Resource
from duetrail.wire.projecting import projector


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


@cache
def inner_shapes(resource: Resource) -> tuple[str, ...]:
    """The names of the shapes inside others."""
    return tuple(name for place in places(resource) for name in _below(place))


def missing_inside(resource: Resource, name: str) -> str:
    """What the user is told of a shape whose path exists nowhere."""
    path = next(shape.path for shape in resource.shapes if shape.name == name)
    return (
        f"nothing was looked at for {name!r}: no object that this reading showed has what leads to "
        f"{path}. If a vendor leaves that out where there is nothing, its shape says so with "
        "may_be_absent=True; else the path is wrong, or has to be asked for"
    )


def _below(place: Place) -> Iterator[str]:
    for inner in place.inner:
        yield inner.shape.name
        yield from _below(inner)


def has(found: Found, steps: tuple[str, ...]) -> bool:
    """Whether some steps lead anywhere from an object; so they do where something else is wrong."""
    way = steps[:-1] if steps[-1] == EACH else steps
    try:
        seen = found.apart.parts(_reader(way))
        return _leads(found.raw if seen is None else seen, way)
    except (ValueError, ArithmeticError, RecursionError):
        return True


@cache
def _reader(way: tuple[str, ...]) -> Callable[[Any], Any]:
    path = "$" + "".join(step if step == EACH else f".{step}" for step in way)
    return projector((path,), leaf=msgspec.Raw)


def _leads(value: Any, way: tuple[str, ...]) -> bool:
    if not way:
        return True
    if isinstance(value, list) and way[0] == EACH:
        return not value or any(_leads(one, way[1:]) for one in value)
    if isinstance(value, dict):
        return way[0] in value and _leads(value[way[0]], way[1:])
    return True
