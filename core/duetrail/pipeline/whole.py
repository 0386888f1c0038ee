"""Whole: a document read in one pass, with all items inside it.

For each place there is a struct with the fields of the shape's wire class, its id and its version,
and the structs of the items inside. Whatever is not as it should be makes the pass fail; then the
document is read item by item (`duetrail.pipeline.slices`), so that one bad item is one reject.
"""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import Any

import msgspec
from msgspec import Struct

from duetrail.pipeline.items import Found, id_of
from duetrail.pipeline.parts import walk
from duetrail.pipeline.places import Place
from duetrail.pipeline.reading_plans import ReadingPlan, View, reading_plan_of

# What null and an absent key are read as; where a list of items belongs, an empty one, too.
_NOTHING = frozenset({NoneType, msgspec.UnsetType})
_NO_ITEMS = _NOTHING | {list, tuple}


class FoundWhole(Found, eq=False):
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

    @property
    def apart(self) -> Found:
        """The same with its own bytes."""
        return self._apart(self)

    def release(self) -> None:
        """Forget what it was read into."""
        self._seen = None

    def __reduce__(self) -> tuple[Callable[[Found], Found], tuple[Found]]:
        # What reads it is made in each process, so it travels as one with its own bytes.
        return _itself, (self._apart(self),)


def _itself(found: Found) -> Found:
    return found


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
    reading = reading_plan_of(place)
    if reading is None:
        return None
    founds: list[Found] = []
    try:
        _Pass(body, apart, founds).read(reading, path, None)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return founds


class _Pass(Struct, frozen=True, eq=False):
    """Gathers the items in some bytes.

    Attributes:
        body: The bytes.
        apart: Gives an item with its own bytes.
        founds: The items so far, outer ones before those inside them.
    """

    body: msgspec.Raw
    apart: Callable[[FoundWhole], Found]
    founds: list[Found]

    def read(self, reading: ReadingPlan, path: str, parent: Found | None) -> None:
        """Add the item that the bytes are, and those inside it."""
        self._add(reading.view, reading.read(self.body), path, parent)

    def _add(self, view: View, seen: Any, path: str, parent: Found | None) -> None:
        id = id_of(getattr(seen, view.id))
        version = getattr(seen, view.version) if view.version else None
        if version is msgspec.UNSET:
            version = None
        found = FoundWhole(view.place, path, parent, "", id, version, view.make, seen, self.apart)
        self.founds.append(found)
        for inner in view.inner:
            below: Any = getattr(seen, inner.attribute) if inner.attribute else ...
            if not below and below.__class__ in (_NO_ITEMS if inner.is_list else _NOTHING):
                continue
            if inner.apart:
                parts = inner.apart.slices(self.body)
                for part, where in walk(parts, inner.apart.way, path):
                    _Pass(part, self.apart, self.founds).read(inner.apart.reading, where, found)
            elif inner.is_list:
                for at, one in enumerate(below):
                    self._add(inner.view, one, f"{path}{inner.step}[{at}]", found)
            else:
                self._add(inner.view, below, path + inner.step, found)
