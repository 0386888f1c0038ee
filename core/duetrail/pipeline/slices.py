"""Slices: the candidates of `duetrail.pipeline.items`, found in the bytes of a page.

One typed pass of msgspec over a page gives its top-level objects as slices of its bytes. Each of
them is read in one more pass (`duetrail.pipeline.whole`), or else item by item: one pass over each
item gives the slices of those inside it, and nothing else of it is parsed. Whatever is not as the
shapes say raises, and is then looked for in the tree, which gives the same or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from duetrail.http.body import decode as parse
from duetrail.pipeline.items import Found, found_in, id_of
from duetrail.pipeline.parts import (
    NULL,
    Path,
    Steps,
    Unfit,
    attribute_of,
    part_type,
    path_to,
    walk,
)
from duetrail.pipeline.places import Place, places
from duetrail.pipeline.whole import FoundWhole, whole
from duetrail.source import Resource
from duetrail.wire import decode_json


class FoundSlice(Found, eq=False):
    """One in the bytes of a page, an object.

    Attributes:
        body: Its bytes.
    """

    body: msgspec.Raw
    _raw: Any = None

    @property
    def raw(self) -> Any:
        """What stands there, as parsed JSON."""
        if self._raw is None:
            self._raw = _parse(self.body)
        return self._raw

    @property
    def own(self) -> Any:
        """The same without the items inside it."""
        return self.place.outside(self.body)

    def decode(self) -> Any:
        """The item as the wire class of its shape, of whose bytes nothing else is parsed."""
        return decode_json(self.place.shape.wire, self.body, _parse)

    def parts(self, read: Callable[[Any], Any]) -> Any:
        """What its wire class names."""
        return read(self.body)

    def release(self) -> None:
        """Forget the parsed JSON."""
        self._raw = None


class Slice(Struct, eq=False):
    """A top-level object of a page.

    Attributes:
        places: Those of the shapes that it may be.
        body: Its bytes.
        path: Its JSON path on the page.
    """

    places: tuple[Place, ...]
    body: msgspec.Raw
    path: str
    _by_path: dict[tuple[Place, str], Found] | None = None

    def founds(self) -> list[Found]:
        """Its candidates, as `find` would give them."""
        if len(self.places) == 1:
            founds = whole(self.places[0], self.body, self.path, self._apart)
            if founds is not None:
                return founds
        return self._one_by_one()

    def _one_by_one(self) -> list[Found]:
        founds: list[Found] = []
        try:
            for place in self.places:
                _collect(place, self.body, self.path, None, founds)
        except (ValueError, ArithmeticError, RecursionError, Unfit):
            tree = _parse(self.body)
            return [f for place in self.places for f in found_in(place, tree, self.path)]
        return founds

    def _apart(self, found: FoundWhole) -> Found:
        """A candidate of those that were read in one pass, with its own bytes."""
        if self._by_path is None:
            self._by_path = {(one.place, one.path): one for one in self._one_by_one()}
        return self._by_path[found.place, found.path]


def _parse(body: Any) -> Any:
    return parse(bytes(body))


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
            for part, path in walk(data, steps, "$")
        ]
    except (ValueError, RecursionError):
        return None


class _Envelope(Struct, frozen=True, eq=False):
    """How the top-level objects of a resource's pages are read.

    Attributes:
        read: From the bytes to structs around the slices.
        tops: The shapes' places, those of one path together, each with the way to it.
    """

    read: Callable[[bytes], Any]
    tops: tuple[tuple[tuple[Place, ...], Path], ...]


@cache
def _envelope(resource: Resource) -> _Envelope | None:
    by_steps: dict[Steps, tuple[Place, ...]] = {}
    for place in places(resource):
        by_steps[place.steps] = (*by_steps.get(place.steps, ()), place)
    try:
        type_ = part_type(tuple(by_steps), {}, is_required=True)
    except Unfit:
        return None
    tops = tuple((every, path_to(type_, steps)) for steps, every in by_steps.items())
    return _Envelope(msgspec.json.Decoder(type_).decode, tops)


class _ItemReader(Struct, frozen=True, eq=False):
    """How an item is looked at before it is decoded.

    Attributes:
        read: From its bytes to a struct with its id, its version, and the slices of what is inside.
        inner: The places inside, each with the way to it.
        id: Where its id is in the struct.
        version: And its version; empty where the shape has none.
    """

    read: Callable[[msgspec.Raw], Any]
    inner: tuple[tuple[Place, Path], ...]
    id: str
    version: str


@cache
def _item_reader(place: Place) -> _ItemReader:
    shape = place.shape
    own = dict.fromkeys((shape.id, shape.version) if shape.version else (shape.id,), Any)
    type_ = part_type(tuple(inner.steps for inner in place.inner), own, is_required=False)
    return _ItemReader(
        msgspec.json.Decoder(type_, float_hook=Decimal).decode,
        tuple((inner, path_to(type_, inner.steps)) for inner in place.inner),
        attribute_of(type_, shape.id),
        attribute_of(type_, shape.version) if shape.version else "",
    )


def _collect(
    place: Place, body: msgspec.Raw, path: str, parent: Found | None, founds: list[Found]
) -> None:
    """An item and those inside it, outer ones before those inside them."""
    reader = _item_reader(place)
    seen = reader.read(body)
    version = getattr(seen, reader.version) if reader.version else None
    id = id_of(getattr(seen, reader.id))
    found = FoundSlice(place, path, parent, "", id, version, body)
    founds.append(found)
    for inner, steps in reader.inner:
        below = getattr(seen, steps[0][0])
        if not below or below is NULL:  # an absent key, or an empty list: as it is most often
            continue
        for part, where in walk(seen, steps, path):
            _collect(inner, part, where, found, founds)
