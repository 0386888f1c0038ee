"""Rules: how one field of a record is filled from the keys of a vendor's object."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from inspect import Parameter, signature
from types import NoneType
from typing import Any, Protocol, TypeAlias, get_args, get_type_hints

import attrs
from msgspec import Struct

from duetrail.model import (
    Invoice,
    Money,
    Ref,
    canonical,
    fields_of,
    from_local,
)
from duetrail.model.money import exact_sum
from duetrail.wire import Id, attribute, wire_class
from duetrail.wire.elements import Step, is_several, steps_of, value_at
from duetrail.wire.meant import value_of
from duetrail.wire.times import is_no_time

_PLAIN = (str, Id, bool, int, Decimal, datetime, date, tuple[str, ...], Any)

Attribute: TypeAlias = "attrs.Attribute[Any]"


class Reading(Struct, frozen=True):
    """One object that a mapping is applied to.

    Attributes:
        wire: The object, as the wire class of the mapping.
        connection: The name of its connection.
        options: And its settings.
        path: Where in the item it stands, such as `$.lines[0]`.
        outer: The fields of the record around it.
        parent: The object around it, as its wire class.
        fields: Its own fields, as far as they are filled.
        around: Where in the item the object around it stands.
    """

    wire: Any
    connection: str = ""
    options: Any = None
    path: str = "$"
    outer: Mapping[str, Any] = {}
    parent: Any = None
    fields: dict[str, Any] = {}
    around: str = "$"

    def value(self, key: Any) -> Any:
        """What stands under a key, such as `payment.amount`; None below what is not there."""
        if not isinstance(key, str):  # of the object around (see `duetrail.declared.around`)
            return key.of(self)
        return value_at(self.wire, _attributes(key), getattr)

    def place(self, key: Any) -> str:
        """Where a key stands in the item."""
        return f"{self.path if isinstance(key, str) else self.around}.{key}"

    def below(self, wire: Any, path: str) -> Reading:
        """An object inside this one."""
        return self.inner(wire, f"{self.path}.{path}")

    def inner(self, wire: Any, path: str) -> Reading:
        """An object that is a part of this one, at a path in the item."""
        given = self.connection, self.options, path, self.fields, self.wire
        return Reading(wire, *given, around=self.path)


class Inner(Protocol):
    """The mapping of an object inside another (see `duetrail.declared.mapping.FieldMapping`)."""

    kind: type[Any]
    rules: Mapping[str, Rule]
    fields: Mapping[str, Attribute]
    keys: Mapping[str, Any]
    parents: Mapping[str, Any]

    def __hash__(self) -> int:
        """That of this one mapping."""

    @property
    def wire(self) -> type[Any]:
        """The wire class of its objects."""

    def made(self, source: Reading) -> Any:
        """The child or address of an object."""


class Misfit(Exception):
    """A rule does not fit its field: why, as the end of a sentence about the field."""


class Rule(Struct, frozen=True):
    """How one field is filled."""

    def types(self, field: Attribute) -> dict[str, Any]:
        """The type of each key that is read, given the field.

        Raises:
            Misfit: The field is none for this rule.
        """
        raise NotImplementedError

    def value(self, field: Attribute, source: Reading) -> Any:
        """The value of the field.

        Raises:
            BadItem: What stands under the keys cannot be used.
        """
        raise NotImplementedError


class Value(Rule, frozen=True):
    """A rule for a plain value, of which another rule may make something."""

    @property
    def keys(self) -> tuple[Any, ...]:
        """What is read: keys, or keys of the object around."""
        raise NotImplementedError

    def kind(self, wanted: Any) -> Any:
        """The type that a key is read as, given the one that is wanted.

        Raises:
            Misfit: It is never of that type.
        """
        return wanted


class Key(Value, frozen=True):
    """The value of a key, as it is."""

    key: Any

    @property
    def keys(self) -> tuple[str, ...]:
        """What is read."""
        return (self.key,)

    def types(self, field: Attribute) -> dict[str, Any]:
        """The type of the field; an id may be a whole number, too."""
        kind = bare(field.type)
        if kind not in _PLAIN:
            raise Misfit(f"holds {named(kind)}, which no key is by itself")
        if kind is str and (field.name == "id" or field.name.endswith("_id")):
            kind = Id
        return {self.key: kind if field.default is attrs.NOTHING else or_none(kind)}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The value; an absent list is empty."""
        value = source.value(self.key)
        return () if value is None and field.default == () else value


class Computed(Value, frozen=True):
    """What a function makes of the values of some keys."""

    function: Callable[..., Any]
    keys: tuple[Any, ...]

    def types(self, field: Attribute) -> dict[str, Any]:
        """Those of the function's parameters."""
        if bare(field.type) is Money:
            raise Misfit("holds Money, which is money(computed(...))")
        return self.parameters()

    def parameters(self) -> dict[str, Any]:
        """The type of each key.

        Raises:
            Misfit: The function does not say.
        """
        try:
            hints = get_type_hints(self.function)
            kinds = [hints[name] for name in self._parameters()]
        except (AttributeError, KeyError, NameError, TypeError, ValueError):
            raise Misfit("is computed by a function whose parameters have no types") from None
        if len(kinds) < len(self.keys):
            raise Misfit(f"is computed of {len(self.keys)} keys by a function that takes fewer")
        try:
            signature(self.function).bind(*self._given)
        except TypeError as error:
            raise Misfit(f"is computed by a function that cannot be called so: {error}") from None
        types: dict[str, Any] = {}
        for key, kind in zip(self.keys, kinds, strict=True):
            both = one_type(types.get(key, kind), kind)
            if both is None:
                raise Misfit(f"is computed by a function that takes {key!r} as two types")
            types[key] = both
        return types

    @property
    def _given(self) -> tuple[Any, ...]:
        """What the function is given, one after the other."""
        return self.keys

    def _parameters(self) -> list[str]:
        """The name of the parameter of each key; `*texts` takes all that are left."""
        given = list(signature(self.function).parameters.values())
        if given and given[-1].kind is Parameter.VAR_POSITIONAL:
            given += [given[-1]] * len(self.keys)
        return [one.name for one in given[: len(self.keys)]]

    def value(self, field: Attribute, source: Reading) -> Any:
        """What the function gives."""
        return self.function(*map(source.value, self.keys))


class Parsed(Computed, frozen=True):
    """What a function makes of the value of one key, and of where that stands."""

    @property
    def _given(self) -> tuple[Any, ...]:
        return (*self.keys, "$")

    def value(self, field: Attribute, source: Reading) -> Any:
        """What the function gives; an error of it names the key."""
        (key,) = self.keys
        return self.function(source.value(key), source.place(key))


class Local(Rule, frozen=True):
    """A time without an offset, in a zone."""

    key: Any
    zone: Callable[[Any], str]

    def types(self, field: Attribute) -> dict[str, Any]:
        """A text."""
        if bare(field.type) is not datetime:
            raise Misfit(f"holds {named(bare(field.type))} and no time")
        return {self.key: or_none(str)}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The time in UTC; an offset that there is counts more than the zone.

        None for one that never was, such as `0000-00-00 00:00:00`, as wherever a time is read.
        """
        text = source.value(self.key)
        if not text or is_no_time(text):
            return None
        return from_local(text, self.zone(source.options), source.place(self.key))

    def unused(self, source: Reading) -> Iterator[tuple[str, Any]]:
        """The key whose time never was."""
        text = source.value(self.key)
        if isinstance(self.key, str) and text and is_no_time(text):
            yield self.key, text


class Amount(Rule, frozen=True):
    """A number as money, in the currency that goes with the field."""

    number: Value
    in_minor: Callable[[Any], bool]

    def types(self, field: Attribute) -> dict[str, Any]:
        """A number."""
        if bare(field.type) is not Money:
            raise Misfit(f"holds {named(bare(field.type))} and no money")
        return _types(self.number, Decimal)

    def value(self, field: Attribute, source: Reading) -> Any:
        """The money; an error names the first key."""
        make = Money.from_minor if self.in_minor(source.options) else Money.major
        currency = source.fields.get(field.metadata["currency"])
        path = source.place(self.number.keys[0])
        return make(self.number.value(field, source), currency, path)


class Word(Rule, frozen=True):
    """A vendor's word as a canonical one."""

    word: Value
    known: Mapping[str, StrEnum]

    def types(self, field: Attribute) -> dict[str, Any]:
        """A text."""
        words = bare(field.type)
        if not (isinstance(words, type) and issubclass(words, StrEnum)):
            raise Misfit(f"holds {named(words)} and no canonical word")
        for one in self.known.values():
            if not isinstance(one, words):
                raise Misfit(f"holds {named(words)}, which has no {one!r}")
        return _types(self.word, str)

    def value(self, field: Attribute, source: Reading) -> Any:
        """The word; `unknown` for one that is in no list."""
        return canonical(bare(field.type), self.word.value(field, source), self.known)


class Constant(Rule, frozen=True):
    """Always the same."""

    constant: Any

    def types(self, field: Attribute) -> dict[str, Any]:
        """No key is read."""
        kind = bare(field.type)
        if isinstance(kind, type) and type(self.constant) is not kind:
            raise Misfit(f"holds {named(kind)}, which {self.constant!r} is not")
        return {}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The constant."""
        return self.constant


class Outer(Rule, frozen=True):
    """A field of the record that a child belongs to."""

    field: str

    def types(self, field: Attribute) -> dict[str, Any]:
        """No key of the child is read."""
        return {}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The value of that field."""
        return source.outer[self.field]


class Mentioned(Rule, frozen=True):
    """A list of objects as references to invoices, by their ids."""

    key: str
    id: str

    def types(self, field: Attribute) -> dict[str, Any]:
        """A list of objects with an id that may be absent."""
        if get_args(field.type)[:1] != (Ref,):
            raise Misfit("holds no references")
        if is_several(self.id) or not all(self.id.split(".")):
            raise Misfit(f"is given {self.id!r} in place of the key of one id")
        return {self.key: or_none(tuple[_with_id(self.key, self.id), ...])}  # type: ignore[misc]

    def value(self, field: Attribute, source: Reading) -> Any:
        """The references, each once."""
        ids = [value_of(one, self.id) for one in source.value(self.key) or ()]
        named = [Ref(source.connection, Invoice.table, id) for id in ids if id]
        return tuple(dict.fromkeys(named))


class Named(Rule, frozen=True):
    """The id of an invoice as a reference to it."""

    key: str

    def types(self, field: Attribute) -> dict[str, Any]:
        """An id."""
        if get_args(field.type)[:1] != (Ref,):
            raise Misfit("holds no references")
        return {self.key: or_none(Id)}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The reference; none where there is no id."""
        id = source.value(self.key)
        return (Ref(source.connection, Invoice.table, id),) if id else ()


@cache
def _with_id(key: str, id: str) -> Any:
    return wire_class(f"Mentioned_{attribute(key)}", {id: or_none(Id)})


class OfChildren(Rule, frozen=True):
    """What the children of the record say together."""

    children: str
    of: str

    def types(self, field: Attribute) -> dict[str, Any]:
        """No key is read: the children were."""
        return {}

    def check(self, field: Attribute, children: type[Any]) -> None:
        """Check that a field of these children can fill the field.

        Raises:
            Misfit: It cannot.
        """
        types = {one.name: bare(one.type) for one in fields_of(children)}
        if self.of not in types:
            raise Misfit(f"is made of {self.of!r}, which is no field of {children.__name__}")
        if types[self.of] != bare(field.type):
            raise Misfit(f"holds {named(bare(field.type))}, which {self.of!r} is not")

    def values(self, source: Reading) -> list[Any]:
        """What each child says."""
        return [getattr(one, self.of) for one in source.fields[self.children]]


class Summed(OfChildren, frozen=True):
    """The sum of an amount of the children."""

    def types(self, field: Attribute) -> dict[str, Any]:
        """No key is read."""
        if bare(field.type) is not Money:
            raise Misfit(f"holds {named(bare(field.type))} and no money")
        return {}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The sum; None where one is not known exactly, or is of another currency."""
        amounts = self.values(source)
        known = [one for one in amounts if one is not None and one.amount is not None]
        currency = source.fields.get(field.metadata["currency"])
        if not known or len(known) < len(amounts) or {one.currency for one in known} != {currency}:
            return None
        return Money(exact_sum(one.amount for one in known), currency)


class Shared(OfChildren, frozen=True):
    """What all children have in common."""

    def types(self, field: Attribute) -> dict[str, Any]:
        """No key is read."""
        if bare(field.type) is Money:
            raise Misfit("holds Money, which is summed(...)")
        return {}

    def value(self, field: Attribute, source: Reading) -> Any:
        """The one value; None where they differ, or there is none."""
        values = self.values(source)
        return values[0] if values and values.count(values[0]) == len(values) else None


@cache
def _attributes(key: str) -> tuple[Step, ...]:
    return tuple((attribute(name), place) for name, place in steps_of(key))


def bare(type_: Any) -> Any:
    """A type without `| None`."""
    parts = get_args(type_)
    kinds = [part for part in parts if part is not NoneType]
    return kinds[0] if len(kinds) == 1 < len(parts) else type_


def one_type(one: Any, other: Any) -> Any:
    """The type with which a key suits two rules; None where there is none.

    What one of them needs may not be absent.
    """
    if one is other:
        return one
    if plain(one) != plain(other):
        return None
    kind = Id if Id in (bare(one), bare(other)) else bare(one)
    return kind if bare(one) is one or bare(other) is other else or_none(kind)


def plain(type_: Any) -> Any:
    """The same, and an id as the text that it becomes."""
    return str if bare(type_) is Id else bare(type_)


def text_of(type_: Any) -> Any:
    """A type, and that of an id as the text that it becomes, or none."""
    return type_ if bare(type_) is not Id else str if type_ is Id else or_none(str)


def or_none(type_: Any) -> Any:
    """A type, or None."""
    return type_ if type_ is Any else type_ | None


def named(type_: Any) -> str:
    """A type, in a message."""
    return getattr(type_, "__name__", str(type_))


def spelled(type_: Any) -> str:
    """A type as it is written in a class."""
    return type_.__name__ if isinstance(type_, type) else str(type_)


def _types(value: Value, kind: Any) -> dict[str, Any]:
    if isinstance(value, Computed):
        return value.parameters()
    return {key: or_none(value.kind(kind)) for key in value.keys}
