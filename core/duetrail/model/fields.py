"""What the fields of records are declared with: their meaning, and what they are besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import attrs


def plain(meaning: str, *, default: Any = None, currency: str = "currency") -> Any:
    """A field, and what it means: the documentation and every schema are made of this.

    Args:
        meaning: What it holds, for people.
        default: What stands where the vendor did not say.
        currency: For money, the field that names its currency.
    """
    return attrs.field(default=default, metadata={"help": meaning, "currency": currency})


def personal(meaning: str, *, default: Any = None) -> Any:
    """A field with personal data: no repr shows it."""
    return attrs.field(default=default, repr=False, metadata={"help": meaning})


def children(table: str, meaning: str) -> Any:
    """A list of children, which have a table of their own."""
    return attrs.field(default=(), metadata={"help": meaning, "table": table})


def fields_of(record: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """The declared fields of a record or child, with their types resolved, without `extra`."""
    attrs.resolve_types(record)
    return tuple(f for f in attrs.fields(record) if f.name != "extra")


def children_of(record: type[Any]) -> Mapping[str, tuple[str, type[Any]]]:
    """The table and the class of a record's children, by the name of the field they stand in."""
    return {
        one.name: (one.metadata["table"], get_args(one.type)[0])
        for one in fields_of(record)
        if "table" in one.metadata
    }
