"""Values: rules for a plain value that is not written as the type of its field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs

from duetrail.declared.rules import (
    Attribute,
    Key,
    Misfit,
    Parsed,
    Reading,
    Value,
    bare,
    named,
    or_none,
)
from duetrail.errors import BadItem
from duetrail.wire import Id, Mismatch, whole

_NO_VALUE: tuple[Any, ...] = (None, "", ())


class Text(Key, frozen=True):
    """A text, or a whole number as one."""

    def kind(self, wanted: Any) -> Any:
        """An id is read so."""
        if wanted is not str:
            raise Misfit("is made of text(...), which gives no number: write digits(...)")
        return Id

    def types(self, field: Attribute) -> dict[str, Any]:
        """Text or a whole number."""
        if bare(field.type) is not str:
            raise Misfit(f"holds {named(bare(field.type))} and no text")
        return {self.key: Id if field.default is attrs.NOTHING else or_none(Id)}


class Digits(Parsed, frozen=True):
    """A number that is written as text."""

    def types(self, field: Attribute) -> dict[str, Any]:
        """A text."""
        if bare(field.type) not in (Decimal, int):
            raise Misfit(f"holds {named(bare(field.type))} and no number")
        return self.parameters()

    def value(self, field: Attribute, source: Reading) -> Any:
        """The number; a whole one where the field holds no other."""
        number = Parsed.value(self, field, source)
        if number is None or bare(field.type) is not int:
            return number
        try:
            return whole(number)
        except Mismatch as error:
            raise BadItem(str(error), path=source.place(self.keys[0])) from None


class FirstOf(Value, frozen=True):
    """The first of some keys that has a value."""

    keys: tuple[Any, ...]

    def types(self, field: Attribute) -> dict[str, Any]:
        """The type of the field, for each; any of them may be absent."""
        every = [Key(key).types(field) for key in self.keys]
        return {key: or_none(type_) for one in every for key, type_ in one.items()}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The value; an empty list where there is none and the field is a list."""
        found = first_value(tuple(map(source.value, self.keys)))
        return () if found is None and field.default == () else found

    def unused(self, source: Reading) -> Iterator[tuple[str, Any]]:
        """The keys whose values are not taken, and say something else."""
        taken = first_value(tuple(map(source.value, self.keys)))
        for key in self.keys:
            value = source.value(key)
            # What the object around says is no part of this one.
            if isinstance(key, str) and value not in (*_NO_VALUE, taken):
                yield key, value


def first_value(values: tuple[Any, ...]) -> Any:
    """The first that is a value; 0 and false are, an empty text is none."""
    return next((one for one in values if one not in _NO_VALUE), None)


def only_value(values: tuple[Any, ...]) -> Any:
    """The same.

    Raises:
        ValueError: Another one says something else, which has to be kept.
    """
    found = {one for one in values if one not in _NO_VALUE}
    if len(found) > 1:
        raise ValueError("more than one value")
    return next(iter(found), None)
