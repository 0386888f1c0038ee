"""Assembling: a wire class made of keys and their types."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from keyword import iskeyword
from types import NoneType
from typing import Any, get_args

import attrs

from duetrail.errors import PluginError
from duetrail.wire.compiled import element_of, kind_of
from duetrail.wire.elements import ALL, Elements, inner_type, steps_of
from duetrail.wire.fields import json_key
from duetrail.wire.ids import Id
from duetrail.wire.meant import is_conditional


def attribute(key: str) -> str:
    """The field of an assembled wire class that holds what stands under a key."""
    is_name = key.isascii() and key.isidentifier() and not iskeyword(key)
    return key if is_name and key[0] != "_" and key != "self" else f"key_{key.encode().hex()}"


def _below(start: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that begin so, without that."""
    return {key[len(start) :]: type_ for key, type_ in keys.items() if key.startswith(start)}


def _listed(key: str, keys: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    """By the number of an element, or by `ALL`, the keys inside it; an empty one is itself."""
    found: dict[int | str, dict[str, Any]] = {}
    for full, type_ in keys.items():
        first, place = steps_of(full)[0]
        if first == key and place is not None:
            rest = full.partition(".")[2]
            is_innermost = place == ALL and all(at != ALL for _, at in steps_of(rest))
            found.setdefault(place, {})[rest] = inner_type(full, type_) if is_innermost else type_
    return found


def _list_type(
    name: str, key: str, listed: Mapping[int | str, Mapping[str, Any]], whole: Any
) -> tuple[Any, Elements]:
    """The type of a list, and what is taken of its elements.

    Args:
        name: What reads it.
        key: Its key.
        listed: What is read of its elements.
        whole: The type of the list, where it is read as one of objects, too.
    """
    always = {} if whole is None else _keys_of(name, key, whole)
    every = _merged(name, key, [always, *listed.values()])
    always = {k: every[k] for k in every if k in always or k in listed.get(ALL, {})}
    types = {at: {**always, **{k: every[k] for k in keys}} for at, keys in listed.items()}
    if always:
        types[ALL] = always
    inner = f"{name}_{attribute(key)}"
    place = f"{key}[{ALL}]"
    element: Any = _element(inner, place, every)
    list_type: Any = tuple[element, ...] | None
    return list_type, Elements.of({at: _element(inner, place, keys) for at, keys in types.items()})


def _keys_of(name: str, key: str, list_type: Any) -> dict[str, Any]:
    """The keys of the objects of a list, with their types."""
    element = element_of(kind_of(list_type)[0])
    if element is None or not attrs.has(element) or is_conditional(element):
        raise _two_things(name, key, "or as some objects, and takes elements of it by number")
    return {json_key(one): one.type for one in attrs.fields(element)}


def _merged(name: str, key: str, every: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The type of each key; what one needs is needed."""
    merged: dict[str, Any] = {}
    for inner, type_ in ((inner, type_) for keys in every for inner, type_ in keys.items()):
        both = [kind_of(one) for one in (merged.get(inner, type_), type_)]
        kinds = {kind for kind, _ in both}
        if len(kinds) > 1 and kinds != {Id, str}:
            raise _two_things(name, f"{key}[{ALL}].{inner}", "and as one of another type")
        kind = Id if Id in kinds else both[0][0]
        is_needed = kind is Any or not all(is_optional for _, is_optional in both)
        merged[inner] = kind if is_needed else kind | None
    return merged


def _element(name: str, key: str, keys: Mapping[str, Any]) -> Any:
    """The type of an element: a value of its own, or an object."""
    if "" not in keys:
        return wire_class(name, keys)
    if len(keys) > 1:
        raise _two_things(name, key, f"and as an object with {next(one for one in keys if one)!r}")
    return kind_of(keys[""])[0]


def _two_things(name: str, key: str, and_as: str) -> PluginError:
    return PluginError(
        f"{name} reads {key!r} as a value, {and_as}",
        hint="Read it as Any, and compute the fields from it.",
    )


def wire_class(name: str, keys: Mapping[str, Any], kept: Collection[str] = ()) -> type[Any]:
    """A wire class.

    Args:
        name: What it is called, an identifier.
        keys: The type of each key. A key such as `payment.amount` stands in an object that may be
            absent, one such as `emails[0].value` in a list. One whose type allows for no None is
            required.
        kept: Those of type Any whose values are kept as they came (see `is_kept`).

    Raises:
        PluginError: Something is to be an object, and a value or a list, too.
    """
    fields: dict[str, Any] = {}
    field: Any = attrs.field  # its stub knows no type that is none of a class
    for key in dict.fromkeys(steps_of(key)[0][0] for key in keys):
        inside, listed = _below(f"{key}.", keys), _listed(key, keys)
        type_, elements = keys.get(key), None
        if inside and (key in keys or listed):
            raise _two_things(name, key, f"and as an object with {next(iter(inside))!r}")
        if inside:
            below = {one.partition(".")[2] for one in kept if one.startswith(f"{key}.")}
            type_ = wire_class(f"{name}_{attribute(key)}", inside, below) | None
        elif listed:
            type_, elements = _list_type(name, key, listed, type_)
        is_required = type_ is not Any and NoneType not in get_args(type_)
        fields[attribute(key)] = field(
            type=type_,
            # What attrs need not find out for each field: half the time of a class.
            alias=attribute(key),
            kw_only=True,
            default=attrs.NOTHING if is_required else None,
            metadata={"key": key, "is_kept": key in kept, "elements": elements},
        )
    return attrs.make_class(name, fields, frozen=True, slots=True, eq=False, repr=False)
