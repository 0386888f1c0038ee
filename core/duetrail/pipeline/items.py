"""Find the items on a page: every object a shape names, with its place and the item around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from attrs import frozen

from duetrail.errors import PluginError, ProtocolError
from duetrail.source import Resource, Shape

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|(\[\*\])")
_EACH = "[*]"
_EXAMPLE = "Write it like $.data[*].calls[*], or $ where the page is the item."


@frozen
class Place:
    """Where a shape's items stand, from the page or from the item of another shape.

    Attributes:
        shape: The shape.
        steps: Keys and `[*]` from the surrounding item (or the page) to its items.
        inner: The places of shapes that stand inside its items.
    """

    shape: Shape
    steps: tuple[str, ...]
    inner: tuple[Place, ...]

    def own(self, raw: Any) -> Any:
        """The raw item without the items of inner shapes, which are items of their own."""
        for place in self.inner:
            raw = _without(raw, place.steps)
        return raw


@frozen(eq=False)
class Found:
    """One candidate on a page: an item, or what stands where one should.

    Attributes:
        place: Whose item it is.
        raw: What stands there.
        path: Its JSON path on the page.
        parent: The candidate around it.
        wrong: Why it can be no item; empty where it may be one.
    """

    place: Place
    raw: Any
    path: str
    parent: Found | None
    wrong: str = ""

    @property
    def top(self) -> Found:
        """The outermost candidate around it, or itself."""
        return self.parent.top if self.parent else self


@cache
def places(resource: Resource) -> tuple[Place, ...]:
    """The outermost places of a resource's shapes, each with those inside it.

    Raises:
        PluginError: A path cannot be read.
    """
    return _inside("$", resource.shapes)


def find(resource: Resource, data: Any) -> Iterator[Found]:
    """Every candidate on a page, outer ones before those inside them.

    A list that is null, false or, inside an item or a list, absent holds nothing. Anything else
    in its place is wrong: inside an item it is found as such, at the top of a page it is an error.

    Raises:
        ProtocolError: The page has no list where the resource declares one.
    """
    for place in places(resource):
        yield from _find(place, data, "$", None)


def _inside(prefix: str, shapes: tuple[Shape, ...]) -> tuple[Place, ...]:
    """The outermost of some shapes, each with those inside it.

    Of several shapes of one object the first holds what is inside, so that it is found once.
    """
    outermost = [s for s in shapes if not any(_contains(o.path, s.path) for o in shapes)]
    result, held = [], set()
    for shape in outermost:
        inner = tuple(s for s in shapes if _contains(shape.path, s.path))
        if shape.path in held:
            inner = ()
        held.add(shape.path)
        steps = _steps(shape.path, prefix)
        result.append(Place(shape, steps, _inside(shape.path, inner)))
    return tuple(result)


def _contains(outer: str, inner: str) -> bool:
    return inner.startswith(outer) and inner[len(outer) :][:1] in {".", "["}


def _steps(path: str, prefix: str) -> tuple[str, ...]:
    if not path.startswith(prefix):
        raise PluginError(f"{path!r} is not a path to items", hint=_EXAMPLE)
    rest = path[len(prefix) :]
    steps = tuple(match[1] or match[2] for match in _STEP.finditer(rest))
    if "".join(step if step == _EACH else f".{step}" for step in steps) != rest:
        raise PluginError(f"{path!r} is not a path to items", hint=_EXAMPLE)
    return steps


def _find(place: Place, data: Any, path: str, parent: Found | None) -> Iterator[Found]:
    for value, where, wrong in _walk(data, place.steps, path, top=parent is None):
        if wrong and parent is None:
            raise ProtocolError(f"the page has {wrong} at {where}")
        if not wrong and type(value) is not dict:
            wrong = "no object"
        found = Found(place, value, where, parent, wrong)
        yield found
        if not wrong:
            for inner in place.inner:
                yield from _find(inner, value, where, found)


def _walk(
    value: Any, steps: tuple[str, ...], path: str, *, top: bool
) -> Iterator[tuple[Any, str, str]]:
    """Each value the steps lead to, its path, and what is wrong there."""
    if not steps:
        yield value, path, ""
    elif value is None or value is False:
        return
    elif steps[0] == _EACH:
        if type(value) is not list:
            yield value, path, "no list"
            return
        for index, element in enumerate(value):
            yield from _walk(element, steps[1:], f"{path}[{index}]", top=top)
    elif type(value) is not dict:
        yield value, path, "no object"
    elif steps[0] in value:
        rest = steps[1:]
        # An object that may be absent may be null; inside a list null is no item.
        if rest or value[steps[0]] is not None:
            yield from _walk(value[steps[0]], rest, f"{path}.{steps[0]}", top=top)
    elif top and "[" not in path:
        yield None, f"{path}.{steps[0]}", "nothing"


def _without(raw: Any, steps: tuple[str, ...]) -> Any:
    """A copy of the raw item without what the steps lead to; the original is left alone."""
    if type(raw) is list and steps[0] == _EACH:
        return [_without(element, steps[1:]) for element in raw] if steps[1:] else []
    if not isinstance(raw, Mapping) or steps[0] not in raw:
        return raw
    copy = dict(raw)
    if steps[1:] in ((), (_EACH,)):
        del copy[steps[0]]
    else:
        copy[steps[0]] = _without(copy[steps[0]], steps[1:])
    return copy
