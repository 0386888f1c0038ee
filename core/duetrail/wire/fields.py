"""Fields: the keys of wire classes, and how a value that does not fit is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs


class UnrepresentableNumber(str):
    """A JSON number that no type holds, as its text: NaN, Infinity, 10,000 digits, 1e999999999999.

    It fits no wire type, so the item it stands in is rejected if a field claims it, and the others
    on the page are not. Under a key that nobody claims, or types, it is kept as text.
    """

    __slots__ = ()


class Mismatch(TypeError):
    """A value is not of the declared type. The message names types, never the value."""

    def __init__(self, expected: str, value: object) -> None:
        super().__init__(f"expected {expected}, got {_kind(value)}")


def named(key: str, default: Any = None) -> Any:
    """A wire field whose JSON key is not a Python name.

    Args:
        key: The key in the vendor's JSON, such as `from` or `start-date`.
        default: What the field holds where the key is absent.
    """
    return attrs.field(default=default, metadata={"key": key})


def json_key(attribute: attrs.Attribute[Any]) -> str:
    """The vendor's key of a wire field."""
    return str(attribute.metadata.get("key", attribute.name))


def is_kept(attribute: attrs.Attribute[Any]) -> bool:
    """Whether the value of a wire field stays text, and is parsed for whoever looks at it."""
    return bool(attribute.metadata.get("is_kept", False))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {
        bool: "true or false",
        str: "text",
        int: "a whole number",
        list: "a list",
        dict: "an object",
        UnrepresentableNumber: "a number beyond all measure",
    }
    return names.get(type(value), "a number with a fraction" if _has_point(value) else "a value")


def _has_point(value: object) -> bool:
    return isinstance(value, Decimal)
