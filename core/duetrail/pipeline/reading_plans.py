"""Reading plans: how the items of a document are read in one pass, and found in what was read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import Struct

from duetrail.pipeline.parts import Path, Unfit, part_type, path_to
from duetrail.pipeline.places import EACH, Place
from duetrail.wire import json_parts

# What the value of an id or a version may have been read as: then it is the value itself.
_AS_RECEIVED = (Any, str, str | None, bool, bool | None)


class View(Struct, frozen=True, eq=False):
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
    inner: tuple[Inner, ...]


class Inner(Struct, frozen=True, eq=False):
    """How the items of a place are found in the struct around them.

    Attributes:
        attribute: Where they are; empty where that has to be looked for.
        step: The step there.
        is_list: Whether there is a list of them.
        view: How the struct of one is looked at.
        apart: How they are found in the bytes instead, where the wire class around them wants the
            same key for itself.
    """

    attribute: str
    step: str
    is_list: bool
    view: View
    apart: Apart | None


class Apart(Struct, frozen=True, eq=False):
    """How the items of a place are sliced out of the item around them, and read.

    Attributes:
        slices: From the bytes of that to a struct around the slices.
        way: The way to them in that struct.
        reading: How one of them is read.
    """

    slices: Callable[[msgspec.Raw], Any]
    way: Path
    reading: ReadingPlan


class ReadingPlan(Struct, frozen=True, eq=False):
    """How an item is read, with those inside it: into a struct, and how that is looked at."""

    read: Callable[[msgspec.Raw], Any]
    view: View


@cache
def reading_plan_of(place: Place) -> ReadingPlan | None:
    """How the documents of a place are read; None where they are read item by item."""
    try:
        return _read(place)
    except Exception:  # of the wire class, too: decoding says what is wrong with it
        return None


def _read(place: Place) -> ReadingPlan:
    type_, view = _struct(place, has_bytes=True)
    return ReadingPlan(msgspec.json.Decoder(type_, float_hook=Decimal).decode, view)


def _struct(place: Place, *, has_bytes: bool) -> tuple[type[msgspec.Struct], View]:
    """The struct of a place, and how it is looked at.

    Args:
        place: The place.
        has_bytes: Whether the bytes of its items are at hand, so that something may be sliced out.

    Raises:
        Unfit: A key is wanted in two ways, also as an object and as a list, an inner place is
            further away than one list, or the shape is for some of the objects only.
    """
    shape = place.shape
    if shape.where:
        raise Unfit
    wire = json_parts(cast("Any", shape.wire))
    fields, keys = list(wire.fields), dict(wire.keys)
    id = _own(shape.id, fields, keys)
    version = _own(shape.version, fields, keys) if shape.version else ""
    inner = []
    for at, one in enumerate(place.inner):
        key, *rest = one.steps
        if key == EACH:
            raise Unfit
        if rest in ([], [EACH]) and key not in keys.values():
            below, view = _struct(one, has_bytes=False)
            name = f"inner_{at}"
            keys[name] = key
            fields.append((name, (list[below] if rest else below) | None, None))  # type: ignore[valid-type]
            inner.append(Inner(name, f".{key}", bool(rest), view, None))
        elif has_bytes:
            type_ = part_type((one.steps,), {}, is_required=False)
            slices = msgspec.json.Decoder(type_).decode
            found = Apart(slices, path_to(type_, one.steps), _read(one))
            attribute = next((name for name in keys if keys[name] == key), "")
            is_list = rest[:1] == [EACH]
            inner.append(Inner(attribute, "", is_list, found.reading.view, found))
        else:
            raise Unfit
    type_ = msgspec.defstruct(shape.wire.__name__, fields, rename=keys, gc=False)
    return type_, View(place, wire.make, id, version, tuple(inner))


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
