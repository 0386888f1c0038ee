"""Places: where the items of a resource's shapes stand, from the page or from the item around."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from duetrail.http.body import decode as parse
from duetrail.source import Resource, Shape
from duetrail.source.paths import is_inside, steps_from

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode

# Bytes of an item from which on it pays not to parse what stands inside it.
_LARGE = 8_192

EACH = "[*]"
"""The step into each element of a list."""


class Place(Struct, frozen=True, eq=False):
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


@cache
def places(resource: Resource) -> tuple[Place, ...]:
    """The outermost places of a resource's shapes, each with those inside it.

    Raises:
        PluginError: A path cannot be read.
    """
    return _inside("$", resource.shapes)


def _inside(prefix: str, shapes: tuple[Shape, ...]) -> tuple[Place, ...]:
    """The outermost of some shapes, each with those inside it.

    Of several shapes of one object the first holds what is inside, so that it is found once; where
    each is for other objects, each holds what is inside its own.
    """
    outermost = [s for s in shapes if not any(is_inside(s.path, o.path) for o in shapes)]
    result = []
    for shape in outermost:
        inner = tuple(s for s in shapes if is_inside(s.path, shape.path))
        alike = [one for one in outermost if one.path == shape.path and not one.where]
        if alike and shape is not alike[0]:
            inner = ()
        steps = steps_from(prefix, shape.path, shape.name)
        result.append(Place(shape, steps, _inside(shape.path, inner)))
    return tuple(result)


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
