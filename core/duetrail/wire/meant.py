"""Meant: wire classes for some of the objects that stand in one place.

Such a class has a function `__where__`, which is given a function from a key to what stands there,
and says whether the object is meant. What is not meant is decoded as None, whatever else it holds,
and is left over whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, get_args

import attrs
import msgspec

from duetrail.wire.elements import steps_of, value_at
from duetrail.wire.fields import json_key

_ITSELF = ""

Value = Callable[[str], Any]
"""From a key, such as `payment.state`, to what stands there; None below what is not there."""


def conditional(wire: type[Any], is_meant: Callable[[Value], bool]) -> type[Any]:
    """A wire class, which is for some objects from now on."""
    wire.__where__ = staticmethod(is_meant)
    return wire


def is_conditional(wire: Any) -> bool:
    """Whether a wire class is for some objects only."""
    return hasattr(wire, "__where__")


def is_meant(wire: Any, raw: Any) -> bool:
    """Whether an object of parsed JSON is one that a wire class is for."""
    return not is_conditional(wire) or bool(wire.__where__(lambda key: value_in(raw, key)))


def struct_is_meant(wire: Any, where: Callable[[Value], bool]) -> Callable[[Any], bool]:
    """The same of what msgspec read for the class: it raises where there is anything to judge."""

    def value(struct: Any, key: str) -> Any:
        for part in _way(wire, key):
            struct = None if struct is None else getattr(struct, part)
        if struct is msgspec.UNSET or type(struct) is Decimal:
            raise ValueError(key)
        return struct

    return lambda struct: where(lambda key: value(struct, key))


def value_in(raw: Any, key: str) -> Any:
    """What stands under a key of parsed JSON; None below what is not there."""
    for step in key.split("."):
        raw = raw.get(step) if isinstance(raw, dict) else None
    return raw


def value_of(wire: Any, key: str) -> Any:
    """What stands under a key of an object of a wire class; None below what is not there."""
    return value_at(wire, steps_of(key), _get)


def value_in_list(elements: tuple[Any, ...] | None, key: str) -> Any:
    """The same under a key such as `emails[0].value`, given the list at its beginning."""
    (_, place), *rest = steps_of(key)
    return value_at(elements, ((_ITSELF, place), *rest), _get)


def _get(wire: Any, key: str) -> Any:
    kind: Any = type(wire)
    return wire if key == _ITSELF else getattr(wire, _names(kind)[key])


@cache
def _names(wire: Any) -> Mapping[str, str]:
    """The field of each key of a wire class."""
    return {json_key(one): one.name for one in attrs.fields(wire)}


@cache
def _way(wire: Any, key: str) -> tuple[str, ...]:
    """The fields of structs that lead to a key."""
    parts = []
    for step in key.split("."):
        attrs.resolve_types(wire)
        keys = {json_key(one): (at, one.type) for at, one in enumerate(attrs.fields(wire))}
        at, type_ = keys[step]
        parts.append(f"part_{at}")
        wire = next((one for one in get_args(type_) if one is not NoneType), type_)
    return tuple(parts)
