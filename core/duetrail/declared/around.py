"""Around: what the object around another one says, taken for the inner one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs

from duetrail.declared.rules import Attribute, Key, Reading, Value, bare, or_none, plain, spelled
from duetrail.errors import BadItem, PluginError
from duetrail.json_tree import at, steps_of
from duetrail.wire import decode, elements, json_key, wire_class
from duetrail.wire.compiled import element_of
from duetrail.wire.meant import is_conditional, value_of

_MISSING = object()


class Parent(Value, frozen=True):
    """The value of a key of the object around; also in place of a key, in another rule."""

    key: str

    def __str__(self) -> str:
        return self.key

    @property
    def keys(self) -> tuple[Any, ...]:
        """What is read: no key of the object itself."""
        return (self,)

    def types(self, field: Attribute) -> dict[Any, Any]:
        """The type of the field."""
        (type_,) = Key(self.key).types(field).values()
        return {self: or_none(type_)}

    def of(self, source: Reading) -> Any:
        """What stands there."""
        return value_of(source.parent, self.key)

    def value(self, field: Attribute, source: Reading) -> Any:
        """The value; an absent list is empty."""
        found = self.of(source)
        return () if found is None and field.default == () else found


def split(types: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The types of keys of an object, and of keys of the object around it."""
    own = {key: type_ for key, type_ in types.items() if not isinstance(key, Parent)}
    return own, {key.key: type_ for key, type_ in types.items() if isinstance(key, Parent)}


def object_around(parents: Mapping[str, Any], item: Any) -> Any:
    """The object around another one, as a mapping needs it.

    Args:
        parents: The keys of it that the mapping takes; where there are none, it needs no object.
        item: The item around, which has it as its `wire`; or the object itself, as parsed JSON.

    Raises:
        PluginError: The mapping needs one, and is given none.
        BadItem: What the mapping takes of it does not fit.
    """
    if not parents:
        return None
    if item is None:
        raise PluginError(
            f"a mapping takes {', '.join(parents)} of the object around, and is given none",
            hint="Give it the item around: MAPPING.record(item.wire, connection.name, "
            "connection.options, item.parent).",
        )
    if isinstance(item, dict):
        return around_of(parents, item)
    if item.wire is not None:
        for key, type_ in parents.items():
            if bare(type_) is type_ is not Any and value_of(item.wire, key) is None:
                raise _bad("a required field is missing", f"$.{key}")
        return item.wire
    # What else is wrong with the object around is no fault of this one.
    return around_of(parents, at(item.page.data, steps_of(item.path)))


def around_of(parents: Mapping[str, Any], raw: Any) -> Any:
    """What a mapping takes of an object around, as a wire class.

    Args:
        parents: The type of each key that it takes.
        raw: The object, as parsed JSON.

    Raises:
        BadItem: It does not fit; the path is that in the object around.
    """
    try:
        return decode(_wire_of(tuple(parents.items())), raw)
    except BadItem as error:
        raise _bad(error.reason, error.path) from None


def _bad(reason: str, path: str) -> BadItem:
    return BadItem(f"in the object around it: {reason}", path=path)


@cache
def _wire_of(parents: tuple[tuple[str, Any], ...]) -> type[Any]:
    return wire_class("Around", dict(parents))


def check_parents(
    what: str, parents: Mapping[str, Any], around: list[type[Any]], *, stands_in_one: bool
) -> None:
    """Refuse a shape that takes of the object around it what that does not say.

    Args:
        what: The shape, for the message.
        parents: The type of each key that it takes.
        around: The wire classes of the shapes it stands in.
        stands_in_one: Whether there is an object around, with a shape or without.

    Raises:
        PluginError: There is none, or its shape does not read a key, or reads it as another type.
    """
    if parents and not stands_in_one:
        raise PluginError(
            f"{what} takes {', '.join(parents)} of the object around it, and stands in none",
            hint="parent(...) reads the object at the path up to the [*] before, or the page "
            "around a list; $ and $[*] have neither.",
        )
    for wire in around:
        for key, type_ in parents.items():
            found = _type_at(wire, key)
            if found is _MISSING or plain(found) != plain(type_):
                told = "not at all" if found is _MISSING else f"as {spelled(found)}"
                raise PluginError(
                    f"{what} takes {key!r} of the object around it as {spelled(type_)}, which is "
                    f"read there {told}",
                    hint=f"Name {key!r} in the mapping or in the wire class of the object around.",
                )


def _type_at(wire: Any, key: str) -> Any:
    for name, place in elements.steps_of(key):
        wire = plain(wire)
        if not attrs.has(wire):
            return _MISSING
        attrs.resolve_types(wire)
        wire = {json_key(one): one.type for one in attrs.fields(wire)}.get(name, _MISSING)
        if place is not None:
            wire = element_of(plain(wire)) or _MISSING
            if is_conditional(wire):  # what another rule does not mean is not read
                return _MISSING
    return wire if wire is _MISSING else elements.outer_type(key, wire)
