"""Unwrapping: values that a vendor writes as objects with their type beside them.

A wire class says how they are read with a static method `__unwrap__`, from such an object to the
value that is meant, as JSON would have it:

    @frozen
    class Invoice:
        id: str
        total: Decimal | None = None
        issued: datetime | None = None

        @staticmethod
        def __unwrap__(typed):  # {"__class__": "decimal", "value": "12.50"}
            value = typed["value"]
            return Decimal(value) if typed["__class__"] == "decimal" else value

It is asked for every object that stands where the class names a plain value. What comes back is
judged as strictly as what a vendor writes plainly. Where it raises, the object stays what it is,
and is refused at its path.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import attrs

from duetrail.wire.fields import json_key

_HOOK = "__unwrap__"


Unwrap = Callable[[dict[str, Any]], dict[str, Any]]


def unwrapper(wire: Any) -> Unwrap | None:
    """What takes the typed values out of an object of a wire class; None where it has no hook."""
    return _made(wire)


@cache
def _made(wire: Any) -> Unwrap | None:
    hook = getattr(wire, _HOOK, None)
    if hook is None:
        return None
    attrs.resolve_types(wire)
    keys = frozenset(json_key(one) for one in attrs.fields(wire) if _is_plain(one.type))

    def value(found: Any) -> Any:
        if found.__class__ is list:
            return [value(one) for one in found]
        if found.__class__ is not dict:
            return found
        try:
            return hook(found)
        except Exception:  # what is wrong with it is told where it stands
            return found

    return lambda raw: {key: value(one) if key in keys else one for key, one in raw.items()}


def _is_plain(type_: Any) -> bool:
    """Whether a type has neither an object in it nor what is not typed."""
    if type_ is Any or attrs.has(type_):
        return False
    return all(map(_is_plain, get_args(type_)))
