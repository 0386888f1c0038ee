"""Around: what the object around another one says, taken for the inner one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs

from duetrail.declared.rules import Attribute, Key, Reading, Rule, or_none, plain, spelled
from duetrail.errors import BadItem, PluginError
from duetrail.json_tree import at, steps_of
from duetrail.wire import decode, json_key, wire_class
from duetrail.wire.meant import value_of

_MISSING = object()


class Parent(Rule, frozen=True):
    """The value of a key of the object around."""

    key: str

    def types(self, field: Attribute) -> dict[str, Any]:
        """No key of the object itself is read."""
        return {}

    def around(self, field: Attribute) -> dict[str, Any]:
        """The type of the key of the object around."""
        return {key: or_none(type_) for key, type_ in Key(self.key).types(field).items()}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The value; an absent list is empty."""
        found = value_of(source.parent, self.key)
        return () if found is None and field.default == () else found


def object_around(parents: Mapping[str, Any], item: Any) -> Any:
    """The object around another one, as a mapping needs it.

    Args:
        parents: The keys of it that the mapping takes; where there are none, it needs no object.
        item: The item around, which has it as its `wire`.

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
    if item.wire is not None:
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
        raise BadItem(f"in the object around it: {error.reason}", path=error.path) from None


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
    for step in key.split("."):
        wire = plain(wire)
        if not attrs.has(wire):
            return _MISSING
        attrs.resolve_types(wire)
        wire = {json_key(one): one.type for one in attrs.fields(wire)}.get(step, _MISSING)
    return wire
