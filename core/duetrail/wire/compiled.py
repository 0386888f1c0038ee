"""Compiled: objects that are as they should be, decoded by one straight function per wire class.

The function takes what is of just the declared type and raises `Unsure` at anything else, however
small: then cattrs decides, and says what is wrong and where. So this knows no rule of its own about
what may be taken, only the plain cases of the rules.

There is one function for parsed JSON and one for its bytes, out of which msgspec picks the keys
that the class names; what nobody names is not even parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin

import attrs
import msgspec

from duetrail.wire import making
from duetrail.wire.fields import is_kept
from duetrail.wire.ids import Id, id_text
from duetrail.wire.meant import is_conditional, is_meant, struct_is_meant
from duetrail.wire.times import DATE
from duetrail.wire.unwrapping import unwrapper
from duetrail.wire.usual_times import in_utc

# A test for the usual form of a date-time in UTC, by what stands at every third place from the
# fifth on. RFC 3339 has other forms, too, but in this one nothing has to be asked about.
_IN_UTC = 'value[4::3] == "--T::Z" and value[11:13] != "24"'

# The same for the form with milliseconds.
_WITH_FRACTION = (
    'len(value) == 24 and value[4:19:3] == "--T::" and value[19::4] == ".Z" '
    'and value[11:13] != "24"'
)

# What is not typed is taken as it is, but for what may hold more.
_PLAIN = frozenset({str, bool, int, Decimal, NoneType})

Decode = Callable[[Any], Any]
KeyOf = Callable[["attrs.Attribute[Any]"], str]
Slow = Callable[[Any], Decode]  # from a type to what decodes it in any case, or raises


parse = msgspec.json.Decoder(float_hook=Decimal).decode
"""From the text of a value to parsed JSON; raises where there is anything to judge."""


class Unsure(Exception):
    """The value is not the plain case."""


def decoder_of(wire: type[Any], key_of: KeyOf, slow: Slow) -> Decode:
    """A function from parsed JSON to an instance of a wire class.

    Args:
        wire: The class.
        key_of: The key of a field.
        slow: Gives what decodes the types that this does not know.

    Raises, when called:
        Exception: The object is not the plain case; `Unsure`, or what `slow` or the class raised.
    """
    work = FromTree(key_of, slow)
    return work.function(wire)


class JsonParts(msgspec.Struct, frozen=True):
    """How msgspec reads a wire class from bytes, as fields of a struct.

    Attributes:
        fields: Name, type and default of each.
        keys: The JSON key of each, by its name.
        make: From an instance of a struct with these fields to one of the wire class; written when
            it is first called, since a declared mapping does without. It raises as `decoder_of`
            says, and whatever keeps the class from being compiled.
    """

    fields: tuple[tuple[str, Any, Any], ...]
    keys: Mapping[str, str]
    make: Decode


def json_parts_of(wire: type[Any], key_of: KeyOf, slow: Slow) -> JsonParts:
    """What reads a wire class from bytes.

    Raises:
        Exception: The class cannot be compiled.
    """
    work = FromJson(key_of, slow)
    fields, keys = work.fields(wire)
    written = cache(partial(work.function, wire))
    return JsonParts(tuple(fields), keys, lambda source: written()(source))


def json_decoder_of(parts: JsonParts) -> Decode:
    """A function from the bytes of JSON to an instance of a wire class.

    Raises, when called:
        Exception: As `decoder_of`, or what msgspec raises.
    """
    struct = msgspec.defstruct("Parts", parts.fields, rename=parts.keys, gc=False)
    make, read = parts.make, msgspec.json.Decoder(struct, float_hook=Decimal).decode
    return lambda body: make(read(body))


def in_calendar(text: Any) -> date | None:
    """A day of the calendar as YYYY-MM-DD; None for anything else."""
    if text.__class__ is str and DATE.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    return None


class FromTree(msgspec.Struct):
    """Writes the functions from parsed JSON."""

    key_of: KeyOf
    slow: Slow

    absent: Any = msgspec.field(default_factory=object)

    def begin(self) -> list[str]:
        """The first lines."""
        return [" if source.__class__ is not dict: raise Unsure", " get = source.get"]

    def value(self, one: attrs.Attribute[Any], place: int) -> str:
        """Where the value of a field comes from; `absent` where it has none."""
        return f"get({self.key_of(one)!r}, absent)"

    def is_filled(self, one: attrs.Attribute[Any]) -> bool:
        """Whether a field whose key is absent has its default by then."""
        return False

    def function(self, wire: type[Any]) -> Decode:
        """The function that makes a wire class."""
        attrs.resolve_types(wire)
        known = self.names()
        lines: list[str] = ["def make(source):", *self.begin()]
        if (unwrapped := unwrapper(cast("Any", wire))) is not None:
            known["unwrapped"] = unwrapped
            lines.insert(2, " source = unwrapped(source)")
        if is_conditional(wire):
            known["is_meant"] = self.condition(wire)
            lines.append(" if not is_meant(source): return None")
        values: dict[str, str] = {}
        for place, one in enumerate(attrs.fields(wire)):
            if not one.init:
                continue
            read, values[one.name] = self.read(one, place, self.value(one, place), known)
            lines += read
        lines += making.lines(wire, values, known)
        exec("\n".join(lines), known)
        make: Decode = known["make"]
        return make

    def condition(self, wire: Any) -> Callable[[Any], bool]:
        """What tells whether an object is one that a wire class is for."""
        return partial(is_meant, wire)

    def names(self) -> dict[str, Any]:
        """What the lines of a function know by name."""
        return {
            "absent": self.absent,
            "Unsure": Unsure,
            "Decimal": Decimal,
            "utc": in_utc,
            "day": in_calendar,
            "plain": _PLAIN,
            "fromisoformat": datetime.fromisoformat,
            "texts": _texts,
            "objects": _objects,
        }

    def read(
        self, one: attrs.Attribute[Any], place: int | str, value: str, known: dict[str, Any]
    ) -> tuple[list[str], str]:
        """The lines that read a field, and the expression that it has after them.

        Args:
            one: The field.
            place: What tells it from others in the names of the function.
            value: Where its value comes from.
            known: The names that the function knows; what these lines need is added.
        """
        conversion = self.conversion_of(one, place, known)
        if not self.is_filled(one):
            value_or_default = [" if value is absent:", f"  {_default(one, place, known)}"]
            conversion = value_or_default + conversion
        elif conversion:
            conversion = [f" if{conversion[0].removeprefix(' elif')}", *conversion[1:]]
        if not conversion:
            return [], value
        return [f" value = {value}", *conversion, f" value_{place} = value"], f"value_{place}"

    def conversion_of(
        self, one: attrs.Attribute[Any], place: int | str, known: dict[str, Any]
    ) -> list[str]:
        """What is done to the value of a field that is there."""
        return self.conversion(one.type, place, known)

    def conversion(self, type_: Any, place: int | str, known: dict[str, Any]) -> list[str]:
        """What is done to a value of a type."""
        kind, is_optional = kind_of(type_)
        is_other = " elif value is not None" if is_optional else " elif True"
        is_not = "value is not None and " if is_optional else ""
        is_not += "value.__class__ is not"
        if kind is str or kind is bool:
            return [f" elif {is_not} {kind.__name__}: raise Unsure"]
        if kind is Id:
            known["id_text"] = id_text
            return [f" elif {is_not} str: value = id_text(value)"]
        if kind is int:
            return [
                f"{is_other}:",
                f"  if value.__class__ is not int or not {-(2**63)} <= value < {2**63}: "
                "raise Unsure",
            ]
        if kind is Decimal:
            return [
                " elif value.__class__ is int: value = Decimal(value)",
                f" elif {is_not} Decimal: raise Unsure",
            ]
        if kind is datetime:
            known[f"slow_{place}"] = self.slow(type_)
            return [
                f"{is_other}:",
                f"  if {_IN_UTC} or {_WITH_FRACTION}: value = fromisoformat(value)",
                f"  else: value = utc(value) or slow_{place}(value)",
            ]
        if kind is date:
            known[f"slow_{place}"] = self.slow(type_)
            return [f"{is_other}: value = day(value) or slow_{place}(value)"]
        if kind is not Any and attrs.has(kind):
            known[f"make_{place}"] = self.function(kind)
            return [f"{is_other}: value = make_{place}(value)"]
        element = element_of(kind)
        if element is str:
            return [f"{is_other}: value = texts(value)"]
        if element is not None and attrs.has(element):
            known[f"make_{place}"] = self.function(element)
            return [f"{is_other}: value = objects(value, make_{place})"]
        known[f"slow_{place}"] = self.slow(type_)
        if type_ is Any:
            return [f" elif value.__class__ not in plain: value = slow_{place}(value)"]
        return [f"{is_other}: value = slow_{place}(value)"]


class FromJson(FromTree):
    """Writes the functions from what msgspec picked out of the bytes: a struct per wire class.

    Texts, flags and lists of texts are of their type by then; numbers are not, since msgspec would
    take 180.5e1 for an int, and "1" for a Decimal. A null in a list of texts is read, and then
    refused: what else was read in the same pass stays good.
    """

    absent: Any = msgspec.UNSET
    _structs: dict[type[Any], type[msgspec.Struct]] = {}

    def begin(self) -> list[str]:
        """The first lines."""
        return []

    def function(self, wire: type[Any]) -> Decode:
        """The function that makes a wire class; one with typed values is read from the tree."""
        if unwrapper(cast("Any", wire)) is not None:
            raise Unsure
        return FromTree.function(self, wire)

    def condition(self, wire: Any) -> Callable[[Any], bool]:
        """What tells whether an object is one that a wire class is for."""
        return struct_is_meant(wire, wire.__where__)

    def value(self, one: attrs.Attribute[Any], place: int) -> str:
        """Where the value of a field comes from."""
        return f"source.part_{place}"

    def is_filled(self, one: attrs.Attribute[Any]) -> bool:
        """Whether msgspec knows the default: None, which the type allows for."""
        return one.default is None and (is_kept(one) or kind_of(cast("Any", one.type))[1])

    def conversion_of(
        self, one: attrs.Attribute[Any], place: int | str, known: dict[str, Any]
    ) -> list[str]:
        """What is done to the value of a field: what is kept as its text is parsed."""
        if not is_kept(one):
            return self.conversion(one.type, place, known)
        known["parse"] = parse
        return [" elif value is not None: value = parse(value)"]

    def conversion(self, type_: Any, place: int | str, known: dict[str, Any]) -> list[str]:
        """What is done to a value that is there; nothing where msgspec knew its type."""
        kind, is_optional = kind_of(type_)
        element = element_of(kind)
        is_any = kind is Any and Any in (type_, *get_args(type_))  # and none of several
        if is_any or kind in (str, bool):
            return []
        if element is str:
            return [" elif value and None in value: raise Unsure"]
        if element is not None and attrs.has(element):
            known[f"make_{place}"] = self.function(element)
            condition = " elif value is not None" if is_optional else " elif True"
            return [f"{condition}: value = tuple([make_{place}(one) for one in value])"]
        return FromTree.conversion(self, type_, place, known)

    def struct(self, wire: type[Any]) -> type[msgspec.Struct]:
        """What msgspec fills."""
        if wire not in self._structs:
            fields, keys = self.fields(wire)
            self._structs[wire] = msgspec.defstruct(wire.__name__, fields, rename=keys, gc=False)
        return self._structs[wire]

    def fields(self, wire: type[Any]) -> tuple[list[tuple[str, Any, Any]], dict[str, str]]:
        """The fields of that, and their keys."""
        attrs.resolve_types(wire)
        parts, keys = [], {}
        for place, one in enumerate(attrs.fields(wire)):
            name = f"part_{place}"
            keys[name] = self.key_of(one)
            default = None if self.is_filled(one) else msgspec.UNSET
            part = msgspec.Raw if is_kept(one) else self._part(one.type)
            parts.append((name, part, default))
        return parts, keys

    def _part(self, type_: Any) -> Any:
        kind, is_optional = kind_of(type_)
        element = element_of(kind)
        part: Any = Any
        if kind in (str, bool):
            part = kind
        elif element is str:
            part = tuple[str | None, ...]
        elif kind is not Any and attrs.has(kind):
            part = self.struct(kind)
        elif element is not None and attrs.has(element):
            part = tuple[self.struct(element), ...]  # type: ignore[misc]
        return part | None if is_optional and part is not Any else part


@cache
def kind_of(type_: Any) -> tuple[Any, bool]:
    """A type without `| None`, and whether that was there; Any for one of several."""
    parts = get_args(type_) if get_origin(type_) in (Union, UnionType) else (type_,)
    kinds = [part for part in parts if part is not NoneType]
    return (kinds[0] if len(kinds) == 1 else Any), len(kinds) < len(parts)


def element_of(kind: Any) -> Any:
    """What a tuple type is a tuple of; None for another type."""
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def _default(one: attrs.Attribute[Any], place: int | str, known: dict[str, Any]) -> str:
    if one.default is attrs.NOTHING:
        return "raise Unsure"
    factory = getattr(one.default, "factory", None)
    if factory is not None:
        if getattr(one.default, "takes_self", False):
            return "raise Unsure"
        known[f"default_{place}"] = factory
        return f"value = default_{place}()"
    known[f"default_{place}"] = one.default
    return f"value = default_{place}"


def _texts(value: Any) -> tuple[str, ...]:
    if value.__class__ is not list:
        raise Unsure
    for one in value:
        if one.__class__ is not str:
            raise Unsure
    return tuple(value)


def _objects(value: Any, decode: Decode) -> tuple[Any, ...]:
    if value.__class__ is not list:
        raise Unsure
    return tuple([decode(one) for one in value])
