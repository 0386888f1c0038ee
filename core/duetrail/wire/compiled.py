"""Compiled: objects that are as they should be, decoded by one straight function per wire class.

The function takes what is of just the declared type and raises `Unsure` at anything else, however
small: then cattrs decides, and says what is wrong and where. So this knows no rule of its own about
what may be taken, only the plain cases of the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs

# Forms of a date-time in UTC that nothing has to be asked about, by their length.
_SECONDS = len("2026-01-02T03:04:05Z")
_FRACTIONS = frozenset({len("2026-01-02T03:04:05.123Z"), len("2026-01-02T03:04:05.123456Z")})

Decode = Callable[[Any], Any]
KeyOf = Callable[["attrs.Attribute[Any]"], str]
Slow = Callable[[Any], Decode]  # from a type to what decodes it in any case, or raises


class Unsure(Exception):
    """The value is not the plain case."""


def decoder_of(wire: type[Any], key_of: KeyOf, slow: Slow) -> Decode:
    """A function from a JSON object to an instance of a wire class.

    Args:
        wire: The class.
        key_of: The key of a field.
        slow: Gives what decodes the types that this does not know.

    Raises, when called:
        Exception: The object is not the plain case; `Unsure`, or what `slow` or the class raised.
    """
    attrs.resolve_types(wire)
    known: dict[str, Any] = {
        "absent": object(),
        "Unsure": Unsure,
        "Decimal": Decimal,
        "wire": wire,
        "utc": in_utc,
        "texts": _texts,
        "objects": _objects,
    }
    lines = ["def decode(raw):", " if raw.__class__ is not dict: raise Unsure", " get = raw.get"]
    arguments = []
    for place, one in enumerate(attrs.fields(wire)):
        if not one.init:
            continue
        lines.append(f" value = get({key_of(one)!r}, absent)")
        lines += [" if value is absent:", f"  {_default(one, place, known)}"]
        lines += _lines(one.type, place, known, key_of, slow)
        lines.append(f" value_{place} = value")
        arguments.append(f"{one.alias}=value_{place}")
    lines.append(f" return wire({', '.join(arguments)})")
    exec("\n".join(lines), known)
    decode: Decode = known["decode"]
    return decode


def in_utc(text: Any) -> datetime | None:
    """A date-time in one of the usual forms of UTC; None for anything else."""
    if text.__class__ is str and text[-1:] == "Z" and text[10:11] == "T":
        size = len(text)
        is_plain = size == _SECONDS or (size in _FRACTIONS and text[19] == ".")
        dashes = text[4], text[7], text[13], text[16]
        if is_plain and dashes == ("-", "-", ":", ":") and text[11:13] != "24":
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo is UTC else None
    return None


def _default(one: attrs.Attribute[Any], place: int, known: dict[str, Any]) -> str:
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


def _lines(
    type_: Any,
    place: int,
    known: dict[str, Any],
    key_of: KeyOf,
    slow: Slow,
) -> list[str]:
    parts = get_args(type_) if get_origin(type_) in (Union, UnionType) else (type_,)
    kinds = [part for part in parts if part is not NoneType]
    is_optional = len(kinds) < len(parts)
    kind = kinds[0] if len(kinds) == 1 else Any
    is_other = " elif value is not None" if is_optional else " elif True"
    is_not = (
        "value is not None and value.__class__ is not"
        if is_optional
        else ("value.__class__ is not")
    )
    if kind is str or kind is bool:
        return [f" elif {is_not} {kind.__name__}: raise Unsure"]
    if kind is int:
        return [
            f"{is_other}:",
            f"  if value.__class__ is not int or not {-(2**63)} <= value < {2**63}: raise Unsure",
        ]
    if kind is Decimal:
        return [
            " elif value.__class__ is int: value = Decimal(value)",
            f" elif {is_not} Decimal: raise Unsure",
        ]
    if kind is datetime:
        known[f"slow_{place}"] = slow(type_)
        return [f"{is_other}: value = utc(value) or slow_{place}(value)"]
    if kind is not Any and attrs.has(kind):
        known[f"decode_{place}"] = decoder_of(kind, key_of, slow)
        return [f"{is_other}: value = decode_{place}(value)"]
    element = get_args(kind)[0] if get_origin(kind) is tuple else None
    if element is str:
        return [f"{is_other}: value = texts(value)"]
    if element is not None and attrs.has(element):
        known[f"decode_{place}"] = decoder_of(element, key_of, slow)
        return [f"{is_other}: value = objects(value, decode_{place})"]
    known[f"slow_{place}"] = slow(type_)
    return [" else:", f"  value = slow_{place}(value)"]


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
