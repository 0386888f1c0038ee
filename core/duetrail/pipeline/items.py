"""Find the items on a page: every object a shape names, with its place and the item around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from attrs import define, frozen

from duetrail.errors import PluginError, ProtocolError
from duetrail.http.body import decode as parse
from duetrail.source import Resource, Shape
from duetrail.wire import decode, decode_json

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode

# Bytes of an item from which on it pays not to parse what stands inside it.
_LARGE = 8_192

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|(\[\*\])")
EACH = "[*]"
"""The step into each element of a list."""

_EXAMPLE = "Write it like $.data[*].calls[*], or $ where the page is the item."


@frozen(eq=False)
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

    def outside(self, body: msgspec.Raw) -> Any:
        """The same from bytes."""
        if self.inner and len(memoryview(body)) > _LARGE:
            members = _members(body)
            for place in self.inner:
                if place.steps[1:] in ((), (EACH,)):
                    members.pop(place.steps[0], None)
            raw = parse(_encode(members))
        else:
            raw = parse(bytes(body))
        for place in self.inner:
            _cut(raw, place.steps)
        return raw


@define(eq=False)
class Found:
    """One candidate on a page: an item, or what stands where one should.

    Attributes:
        place: Whose item it is.
        path: Its JSON path on the page.
        parent: The candidate around it.
        wrong: Why it can be no item; empty where it may be one.
        id: Its id as text; None where it has none.
        version: What stands under the key of its version, if anything.
        body: Its bytes, where it was found in the bytes of a page; else None.
    """

    place: Place
    path: str
    parent: Found | None
    wrong: str
    id: str | None
    version: Any
    body: msgspec.Raw | None
    _raw: Any

    @classmethod
    def of_tree(
        cls, place: Place, raw: Any, path: str, parent: Found | None, wrong: str = ""
    ) -> Found:
        """One in parsed JSON."""
        shape, version = place.shape, None
        is_object = isinstance(raw, dict)
        if is_object and shape.version:
            version = raw.get(shape.version)
        id = _id(raw.get(shape.id)) if is_object else None
        return cls(place, path, parent, wrong, id, version, None, raw)

    @classmethod
    def sliced(
        cls, place: Place, body: msgspec.Raw, path: str, parent: Found | None, id: Any, version: Any
    ) -> Found:
        """One in the bytes of a page, an object, with what stands under the keys of its shape."""
        return cls(place, path, parent, "", _id(id), version, body, None)

    @property
    def raw(self) -> Any:
        """What stands there, as parsed JSON."""
        if self._raw is None and self.body is not None:
            self._raw = parse(bytes(self.body))
        return self._raw

    @property
    def own(self) -> Any:
        """The same without the items inside it, if it is an object."""
        if self.wrong:
            return self.raw
        return self.place.own(self.raw if self.body is None else self.place.outside(self.body))

    @property
    def top(self) -> Found:
        """The outermost candidate around it, or itself."""
        return self.parent.top if self.parent else self

    def decode(self) -> Any:
        """The item as the wire class of its shape.

        Raises:
            BadItem: It does not fit.
        """
        wire = self.place.shape.wire
        return decode(wire, self.raw) if self.body is None else decode_json(wire, self.body, _parse)


def _id(value: Any) -> str | None:
    return (str(value) or None) if type(value) in (str, int) else None


def _parse(body: Any) -> Any:
    return parse(bytes(body))


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


def found_in(
    place: Place, value: Any, path: str, parent: Found | None = None, wrong: str = ""
) -> Iterator[Found]:
    """The candidate that a value is, and those inside it.

    Args:
        place: Whose item it may be.
        value: What stands there.
        path: Its JSON path on the page.
        parent: The candidate around it.
        wrong: Why it can be no item, where that is known.
    """
    if not wrong and type(value) is not dict:
        wrong = "no object"
    found = Found.of_tree(place, value, path, parent, wrong)
    yield found
    if not wrong:
        for inner in place.inner:
            yield from _find(inner, value, path, found)


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
    if "".join(step if step == EACH else f".{step}" for step in steps) != rest:
        raise PluginError(f"{path!r} is not a path to items", hint=_EXAMPLE)
    return steps


def _find(place: Place, data: Any, path: str, parent: Found | None) -> Iterator[Found]:
    for value, where, wrong in _walk(data, place.steps, path, top=parent is None):
        if wrong and parent is None:
            raise ProtocolError(f"the page has {wrong} at {where}")
        yield from found_in(place, value, where, parent, wrong)


def _walk(
    value: Any, steps: tuple[str, ...], path: str, *, top: bool
) -> Iterator[tuple[Any, str, str]]:
    """Each value the steps lead to, its path, and what is wrong there."""
    if not steps:
        yield value, path, ""
    elif value is None or value is False:
        return
    elif steps[0] == EACH:
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


def _cut(raw: Any, steps: tuple[str, ...]) -> None:
    """Take out what the steps lead to."""
    if type(raw) is list and steps[0] == EACH:
        if not steps[1:]:
            raw.clear()
        for element in raw:
            _cut(element, steps[1:])
    elif isinstance(raw, dict) and steps[0] in raw:
        if steps[1:] in ((), (EACH,)):
            del raw[steps[0]]
        else:
            _cut(raw[steps[0]], steps[1:])


def _without(raw: Any, steps: tuple[str, ...]) -> Any:
    """A copy of the raw item without what the steps lead to; the original is left alone."""
    if type(raw) is list and steps[0] == EACH:
        return [_without(element, steps[1:]) for element in raw] if steps[1:] else []
    if not isinstance(raw, Mapping) or steps[0] not in raw:
        return raw
    copy = dict(raw)
    if steps[1:] in ((), (EACH,)):
        del copy[steps[0]]
    else:
        copy[steps[0]] = _without(copy[steps[0]], steps[1:])
    return copy
