"""Find the items on a page: every object a shape names, with its place and the item around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from duetrail.errors import ProtocolError
from duetrail.pipeline.choosing import chosen
from duetrail.pipeline.places import EACH
from duetrail.pipeline.places import Place as Place
from duetrail.pipeline.places import places as places
from duetrail.source import Resource
from duetrail.wire import decode


class Found(Struct, eq=False):
    """One candidate on a page: an item, or what stands where one should.

    Attributes:
        place: Whose item it is.
        path: Its JSON path on the page.
        parent: The candidate around it.
        wrong: Why it can be no item; empty where it may be one.
        id: Its id as text; None where it has none.
        version: What stands under the key of its version, if anything.
    """

    place: Place
    path: str
    parent: Found | None
    wrong: str
    id: str | None
    version: Any

    @property
    def raw(self) -> Any:
        """What stands there, as parsed JSON."""
        raise NotImplementedError

    @property
    def own(self) -> Any:
        """The same without the items inside it, if it is an object."""
        return self.raw if self.wrong else self.place.own(self.raw)

    @property
    def top(self) -> Found:
        """The outermost candidate around it, or itself."""
        return self.parent.top if self.parent else self

    def decode(self) -> Any:
        """The item as the wire class of its shape.

        Raises:
            BadItem: It does not fit.
        """
        return decode(self.place.shape.wire, self.raw)

    def parts(self, read: Callable[[Any], Any]) -> Any:
        """What its wire class names, unchecked; None where that cannot be had from bytes.

        Args:
            read: Reads it from the bytes of the item (see `duetrail.wire.JsonParts`).
        """
        return None

    @property
    def apart(self) -> Found:
        """The same with its own bytes, or in parsed JSON."""
        return self

    def release(self) -> None:
        """Keep no more than what it needs to be read again."""


class FoundInTree(Found, eq=False):
    """One in parsed JSON."""

    _raw: Any

    @property
    def raw(self) -> Any:
        """What stands there."""
        return self._raw


def id_of(value: Any) -> str | None:
    """What stands under the key of an id, as text; None where it is no id."""
    return (str(value) or None) if type(value) in (str, int) else None


def find(resource: Resource, data: Any) -> Iterator[Found]:
    """Every candidate on a page that its shape is for, outer ones before those inside them.

    Raises:
        ProtocolError: The page has no list where the resource declares one.
    """
    yield from chosen(list(candidates(resource, data)))[0]


def candidates(resource: Resource, data: Any) -> Iterator[Found]:
    """Every candidate on a page, outer ones before those inside them.

    A list that is null, false or, inside an item or a list, absent holds nothing; at the top of a
    page it may be absent where its shape says so. Anything else in its place is wrong: inside an
    item it is found as such, at the top of a page it is an error.

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
    id, version, shape = None, None, place.shape
    if type(value) is dict:
        id = id_of(value.get(shape.id))
        version = value.get(shape.version) if shape.version else None
    found = FoundInTree(place, path, parent, wrong, id, version, value)
    yield found
    if not wrong:
        for inner in place.inner:
            yield from _find(inner, value, path, found)


def _find(place: Place, data: Any, path: str, parent: Found | None) -> Iterator[Found]:
    needed = parent is None and not place.shape.may_be_absent
    for value, where, wrong in _walk(data, place.steps, path, needed=needed):
        if wrong and parent is None:
            raise ProtocolError(f"the page has {wrong} at {where}")
        yield from found_in(place, value, where, parent, wrong)


def _walk(
    value: Any, steps: tuple[str, ...], path: str, *, needed: bool
) -> Iterator[tuple[Any, str, str]]:
    """Each value the steps lead to, its path, and what is wrong there.

    Args:
        value: Where they begin.
        steps: The steps.
        path: The path of the value.
        needed: Whether what is absent outside every list is wrong.
    """
    if not steps:
        yield value, path, ""
    elif value is None or value is False:
        return
    elif steps[0] == EACH:
        if type(value) is not list:
            yield value, path, "no list"
            return
        for index, element in enumerate(value):
            yield from _walk(element, steps[1:], f"{path}[{index}]", needed=needed)
    elif type(value) is not dict:
        yield value, path, "no object"
    elif steps[0] in value:
        rest = steps[1:]
        # An object that may be absent may be null; inside a list null is no item.
        if rest or value[steps[0]] is not None:
            yield from _walk(value[steps[0]], rest, f"{path}.{steps[0]}", needed=needed)
    elif needed and "[" not in path:
        yield None, f"{path}.{steps[0]}", "nothing"
