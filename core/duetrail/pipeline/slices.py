"""Slices: the candidates of `duetrail.pipeline.items`, found in the bytes of a page.

One typed pass of msgspec over a page gives its top-level objects as slices of its bytes, and one
over each of these the slices of the items inside it. Nothing else of them is parsed. Whatever is
not as the shapes say raises, and is then looked for in the tree, which gives the same or says what
is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from attrs import frozen

from duetrail.http.body import decode as parse
from duetrail.pipeline.items import EACH, Found, Place, found_in, places
from duetrail.source import Resource

_NULL = msgspec.Raw(b"null")

Steps = tuple[str, ...]
_Path = tuple[tuple[str, str], ...]  # the attribute of each step, empty for a list; the step's text


@frozen(eq=False)
class Slice:
    """A top-level object of a page.

    Attributes:
        places: Those of the shapes that it may be.
        body: Its bytes.
        path: Its JSON path on the page.
    """

    places: tuple[Place, ...]
    body: msgspec.Raw
    path: str

    def founds(self) -> list[Found]:
        """Its candidates, as `find` would give them."""
        founds: list[Found] = []
        try:
            for place in self.places:
                _collect(place, self.body, self.path, None, founds)
        except (ValueError, ArithmeticError, RecursionError, _Unfit):
            tree = parse(bytes(self.body))
            return [f for place in self.places for f in found_in(place, tree, self.path)]
        return founds


def slices(resource: Resource, body: bytes) -> list[Slice] | None:
    """The top-level objects of a page.

    Args:
        resource: What the page shows.
        body: Its JSON, known to be valid.

    Returns:
        None where they have to be looked for in the tree.
    """
    envelope = _envelope(resource)
    if envelope is None:
        return None
    try:
        data = envelope.read(body)
        return [
            Slice(every, part, path)
            for every, steps in envelope.tops
            for part, path in _walk(data, steps, "$")
        ]
    except (ValueError, RecursionError):
        return None


class _Unfit(Exception):
    """Shapes that cannot be told apart by types."""


@frozen(eq=False)
class _Envelope:
    """How the top-level objects of a resource's pages are read.

    Attributes:
        read: From the bytes to structs around the slices.
        tops: The shapes' places, those of one path together, each with the way to it.
    """

    read: Callable[[bytes], Any]
    tops: tuple[tuple[tuple[Place, ...], _Path], ...]


@cache
def _envelope(resource: Resource) -> _Envelope | None:
    by_steps: dict[Steps, tuple[Place, ...]] = {}
    for place in places(resource):
        by_steps[place.steps] = (*by_steps.get(place.steps, ()), place)
    try:
        type_ = _type(tuple(by_steps), {}, is_required=True)
    except _Unfit:
        return None
    tops = tuple((every, _path(type_, steps)) for steps, every in by_steps.items())
    return _Envelope(msgspec.json.Decoder(type_).decode, tops)


@frozen(eq=False)
class _Sight:
    """How an item is looked at before it is decoded.

    Attributes:
        read: From its bytes to a struct with its id, its version, and the slices of what is inside.
        inner: The places inside, each with the way to it.
        id: Where its id is in the struct.
        version: And its version; empty where the shape has none.
    """

    read: Callable[[msgspec.Raw], Any]
    inner: tuple[tuple[Place, _Path], ...]
    id: str
    version: str


@cache
def _sight(place: Place) -> _Sight:
    shape = place.shape
    own = dict.fromkeys((shape.id, shape.version) if shape.version else (shape.id,), Any)
    type_ = _type(tuple(inner.steps for inner in place.inner), own, is_required=False)
    return _Sight(
        msgspec.json.Decoder(type_, float_hook=Decimal).decode,
        tuple((inner, _path(type_, inner.steps)) for inner in place.inner),
        _attribute(type_, shape.id),
        _attribute(type_, shape.version) if shape.version else "",
    )


def _collect(
    place: Place, body: msgspec.Raw, path: str, parent: Found | None, founds: list[Found]
) -> None:
    """An item and those inside it, outer ones before those inside them."""
    sight = _sight(place)
    seen = sight.read(body)
    version = getattr(seen, sight.version) if sight.version else None
    found = Found.sliced(place, body, path, parent, getattr(seen, sight.id), version)
    founds.append(found)
    for inner, steps in sight.inner:
        below = getattr(seen, steps[0][0])
        if not below or below is _NULL:  # an absent key, or an empty list: as it is most often
            continue
        for part, where in _walk(seen, steps, path):
            _collect(inner, part, where, found, founds)


def _walk(value: Any, steps: _Path, path: str) -> Iterable[tuple[msgspec.Raw, str]]:
    """The slices that some steps lead to, each with its JSON path."""
    if not steps:
        return ((value, path),)
    if value is None:
        return ()
    (attribute, text), rest = steps[0], steps[1:]
    if attribute:
        below = getattr(value, attribute)
        # An object that may be absent may be null; inside a list null is no item.
        return _walk(below, rest, path + text) if rest or below != _NULL else ()
    if rest:
        return [
            found for at, part in enumerate(value) for found in _walk(part, rest, f"{path}[{at}]")
        ]
    return [(part, f"{path}[{at}]") for at, part in enumerate(value)]


# --- types ---------------------------------------------------------------------------------------


def _type(every: tuple[Steps, ...], own: dict[str, Any], *, is_required: bool) -> Any:
    """The type whose instances hold slices where some steps lead to.

    Args:
        every: The steps.
        own: More keys, with their types.
        is_required: Whether a key must be there: at the top of a page, outside of lists.

    Raises:
        _Unfit: Some steps want a list where others want an object, or a slice of what is looked
            into.
    """
    if not own and every in {(), ((),)}:
        return msgspec.Raw
    if () in every or own.keys() & {steps[0] for steps in every}:
        raise _Unfit
    if not own and all(steps[0] == EACH for steps in every):
        below = _type(tuple(steps[1:] for steps in every), {}, is_required=False)
        return list[_or_none(below)] | None  # type: ignore[misc]
    if any(steps[0] == EACH for steps in every):
        raise _Unfit
    types = dict(own)
    for key in dict.fromkeys(steps[0] for steps in every):
        rests = tuple(steps[1:] for steps in every if steps[0] == key)
        types[key] = _or_none(_type(rests, {}, is_required=is_required))
    names = {f"part_{at}": key for at, key in enumerate(types)}
    parts = [
        (name, types[key]) if is_required else (name, types[key], _absent(types[key]))
        for name, key in names.items()
    ]
    return msgspec.defstruct("Parts", parts, rename=names, gc=False)


def _or_none(type_: Any) -> Any:
    """A slice of null is a slice."""
    return type_ if type_ is msgspec.Raw else type_ | None


def _absent(type_: Any) -> Any:
    return _NULL if type_ is msgspec.Raw else None


def _path(type_: Any, steps: Steps) -> _Path:
    """The way that some steps lead through a type."""
    path = []
    for step in steps:
        type_ = _without_none(type_)
        if step == EACH:
            path.append(("", ""))
            (type_,) = type_.__args__
        else:
            path.append((_attribute(type_, step), f".{step}"))
            type_ = type_.__annotations__[path[-1][0]]
    return tuple(path)


def _without_none(type_: Any) -> Any:
    parts = [part for part in getattr(type_, "__args__", ()) if part is not type(None)]
    is_union = len(parts) < len(getattr(type_, "__args__", ()))
    return parts[0] if is_union else type_


def _attribute(struct: Any, key: str) -> str:
    """The attribute that holds the value of a key."""
    fields = msgspec.structs.fields(struct)
    return next(one.name for one in fields if one.encode_name == key)
