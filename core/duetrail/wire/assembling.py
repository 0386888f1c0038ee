"""Assembling: a wire class made of keys and their types."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from keyword import iskeyword
from types import NoneType
from typing import Any, get_args

import attrs

from duetrail.errors import PluginError


def attribute(key: str) -> str:
    """The field of an assembled wire class that holds what stands under a key."""
    is_name = key.isascii() and key.isidentifier() and not iskeyword(key)
    return key if is_name and key[0] != "_" and key != "self" else f"key_{key.encode().hex()}"


def wire_class(name: str, keys: Mapping[str, Any], kept: Collection[str] = ()) -> type[Any]:
    """A wire class.

    Args:
        name: What it is called, an identifier.
        keys: The type of each key. A key such as `payment.amount` stands in an object that may be
            absent. One whose type allows for no None is required.
        kept: Those of type Any whose values are kept as they came (see `is_kept`).

    Raises:
        PluginError: Something is to be an object, and a value, too.
    """
    fields: dict[str, Any] = {}
    field: Any = attrs.field  # its stub knows no type that is none of a class
    for key in dict.fromkeys(key.partition(".")[0] for key in keys):
        inside = {
            other.partition(".")[2]: type_
            for other, type_ in keys.items()
            if other.startswith(f"{key}.")
        }
        if inside and key in keys:
            raise PluginError(
                f"{name} reads {key!r} as a value, and as an object with {next(iter(inside))!r}",
                hint="Read it as Any, and compute the fields from it.",
            )
        below = {one.partition(".")[2] for one in kept if one.startswith(f"{key}.")}
        made = wire_class(f"{name}_{attribute(key)}", inside, below) if inside else None
        type_ = keys[key] if made is None else made | None
        is_required = type_ is not Any and NoneType not in get_args(type_)
        fields[attribute(key)] = field(
            type=type_,
            # What attrs need not find out for each field: half the time of a class.
            alias=attribute(key),
            kw_only=True,
            default=attrs.NOTHING if is_required else None,
            metadata={"key": key, "is_kept": key in kept},
        )
    return attrs.make_class(name, fields, frozen=True, slots=True, eq=False, repr=False)
