"""Comparing: equality, hash and repr of classes with many fields.

attrs can write and compile these for each class, which takes half of the time that a class costs
when it is imported; every sync pays that, and hardly any compares records.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import Any

import attrs


class Compared:
    """For attrs classes made with `eq=False, repr=False`: the same equality, hash and repr.

    Two are equal if they are of one class and all their fields with `eq` are; a repr shows the
    fields with `repr`.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        kind: Any = self.__class__
        values = _values(kind)
        return bool(values(self) == values(other))

    def __hash__(self) -> int:
        kind: Any = self.__class__
        return hash((kind, _values(kind)(self)))

    def __repr__(self) -> str:
        kind: Any = type(self)
        names = [one.name for one in attrs.fields(kind) if one.repr]
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({parts})"


@cache
def _values(kind: Any) -> attrgetter[Any]:
    """Gives all values of an instance that count."""
    return attrgetter(*(one.name for one in attrs.fields(kind) if one.eq))
