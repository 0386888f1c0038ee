"""Whole: a document read in one pass, with all items inside it.

For each place there is a struct with the fields of the shape's wire class, its id and its version,
and the structs of the items inside. Whatever is not as it should be makes the pass fail; then the
document is read item by item (`duetrail.pipeline.slices`), so that one bad item is one reject.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, cast

import msgspec
from attrs import define, frozen

from duetrail.pipeline.items import Found, id_of
from duetrail.pipeline.parts import Path, Unfit, part_type, path_to, walk
from duetrail.pipeline.places import EACH, Place
from duetrail.wire import json_parts

# What the value of an id or a version may have been read as: then it is the value itself.
_AS_RECEIVED = (Any, str, str | None, bool, bool | None)

# What null and an absent key are read as; where a list of items belongs, an empty one, too.
_NOTHING = frozenset({NoneType, msgspec.UnsetType})
_NO_ITEMS = _NOTHING | {list, tuple}


@define(eq=False)
class FoundWhole(Found):
    """One of a document that was read in one pass."""

    _make: Callable[[Any], Any]
    _seen: Any  # None once it is released
    _apart: Callable[[FoundWhole], Found]

    @property
    def raw(self) -> Any:
        """What stands there, as parsed JSON."""
        return self._apart(self).raw

    @property
    def own(self) -> Any:
        """The same without the items inside it."""
        return self._apart(self).own

    def decode(self) -> Any:
        """The item as the wire class of its shape."""
        try:
            return self._make(self._seen)
        except Exception:  # whatever it is, the judge says it better, or knows that it may be taken
            return self._apart(self).decode()

    def parts(self, read: Callable[[Any], Any]) -> Any:
        """What its wire class names."""
        return self._seen

    def release(self) -> None:
        """Forget what it was read into."""
        self._seen = None


def whole(
    place: Place, body: msgspec.Raw, path: str, apart: Callable[[FoundWhole], Found]
) -> list[Found] | None:
    """The candidates of a document, outer ones before those inside them.

    Args:
        place: Whose item it is.
        body: Its bytes.
        path: Its JSON path on the page.
        apart: Gives one of them with its own bytes.

    Returns:
        None where it has to be read item by item.
    """
    reading = _reading(place)
    if reading is None:
        return None
    founds: list[Found] = []
    try:
        _collect(reading, body, path, None, founds, apart)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return founds


@frozen(eq=False)
class _Sight:
    """How the struct of a place is looked at.

    Attributes:
        place: The place.
        make: From its struct to an instance of the wire class.
        id: Where the id is in the struct.
        version: And the version; empty where the shape has none.
        inner: The places inside.
    """

    place: Place
    make: Callable[[Any], Any]
    id: str
    version: str
    inner: tuple[_Inner, ...]


@frozen(eq=False)
class _Inner:
    """How the items of a place are found in the struct around them.

    Attributes:
        attribute: Where they are; empty where that has to be looked for.
        step: The step there.
        is_list: Whether there is a list of them.
        sight: How the struct of one is looked at.
        apart: How they are found in the bytes instead, where the wire class around them wants the
            same key for itself.
    """

    attribute: str
    step: str
    is_list: bool
    sight: _Sight
    apart: _Apart | None


@frozen(eq=False)
class _Apart:
    """How the items of a place are sliced out of the item around them, and read.

    Attributes:
        slices: From the bytes of that to a struct around the slices.
        way: The way to them in that struct.
        reading: How one of them is read.
    """

    slices: Callable[[msgspec.Raw], Any]
    way: Path
    reading: _Reading


@frozen(eq=False)
class _Reading:
    """How an item is read, with those inside it: into a struct, and how that is looked at."""

    read: Callable[[msgspec.Raw], Any]
    sight: _Sight


def _collect(
    reading: _Reading,
    body: msgspec.Raw,
    path: str,
    parent: Found | None,
    founds: list[Found],
    apart: Callable[[FoundWhole], Found],
) -> None:
    """The items in some bytes, outer ones before those inside them."""

    def collect(sight: _Sight, seen: Any, path: str, parent: Found | None) -> None:
        id = id_of(getattr(seen, sight.id))
        version = getattr(seen, sight.version) if sight.version else None
        if version is msgspec.UNSET:
            version = None
        found = FoundWhole(sight.place, path, parent, "", id, version, sight.make, seen, apart)
        founds.append(found)
        for inner in sight.inner:
            below: Any = getattr(seen, inner.attribute) if inner.attribute else ...
            if not below and below.__class__ in (_NO_ITEMS if inner.is_list else _NOTHING):
                continue
            if inner.apart:
                parts = inner.apart.slices(body)
                for part, where in walk(parts, inner.apart.way, path):
                    _collect(inner.apart.reading, part, where, found, founds, apart)
            elif inner.is_list:
                for at, one in enumerate(below):
                    collect(inner.sight, one, f"{path}{inner.step}[{at}]", found)
            else:
                collect(inner.sight, below, path + inner.step, found)

    collect(reading.sight, reading.read(body), path, parent)


@cache
def _reading(place: Place) -> _Reading | None:
    """How the document of a place is read; None where it is read item by item."""
    try:
        return _read(place)
    except Exception:  # of the wire class, too: decoding says what is wrong with it
        return None


def _read(place: Place) -> _Reading:
    type_, sight = _struct(place, has_bytes=True)
    return _Reading(msgspec.json.Decoder(type_, float_hook=Decimal).decode, sight)


def _struct(place: Place, *, has_bytes: bool) -> tuple[type[msgspec.Struct], _Sight]:
    """The struct of a place, and how it is looked at.

    Args:
        place: The place.
        has_bytes: Whether the bytes of its items are at hand, so that something may be sliced out.

    Raises:
        Unfit: A key is wanted in two ways, or an inner place is further away than one list.
    """
    shape = place.shape
    wire = json_parts(cast("Any", shape.wire))
    fields, keys = list(wire.fields), dict(wire.keys)
    id = _own(shape.id, fields, keys)
    version = _own(shape.version, fields, keys) if shape.version else ""
    inner = []
    for at, one in enumerate(place.inner):
        key, *rest = one.steps
        if rest in ([], [EACH]) and key not in keys.values():
            below, sight = _struct(one, has_bytes=False)
            name = f"inner_{at}"
            keys[name] = key
            fields.append((name, (list[below] if rest else below) | None, None))  # type: ignore[valid-type]
            inner.append(_Inner(name, f".{key}", bool(rest), sight, None))
        elif has_bytes:
            type_ = part_type((one.steps,), {}, is_required=False)
            slices = msgspec.json.Decoder(type_).decode
            found = _Apart(slices, path_to(type_, one.steps), _read(one))
            attribute = next((name for name in keys if keys[name] == key), "")
            is_list = rest[:1] == [EACH]
            inner.append(_Inner(attribute, "", is_list, found.reading.sight, found))
        else:
            raise Unfit
    type_ = msgspec.defstruct(shape.wire.__name__, fields, rename=keys, gc=False)
    return type_, _Sight(place, wire.make, id, version, tuple(inner))


def _own(key: str, fields: list[tuple[str, Any, Any]], keys: dict[str, str]) -> str:
    """Where the value of a key is in a struct; it is added where nobody wants it yet.

    Raises:
        Unfit: It is read as something else than was received.
    """
    for name, type_, _ in fields:
        if keys[name] == key:
            if type_ not in _AS_RECEIVED:
                raise Unfit
            return name
    name = f"own_{len(fields)}"
    keys[name] = key
    fields.append((name, Any, None))
    return name
