"""What the fields of records are declared with: their meaning, and what they are besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import attrs

from duetrail.errors import PluginError, did_you_mean

FIRST = "1.0"
"""The version of the contract that a field belongs to if it does not say another."""


def plain(
    meaning: str,
    *,
    default: Any = None,
    currency: str = "currency",
    since: str = FIRST,
    is_needed: bool = False,
) -> Any:
    """A field, and what it means: the documentation and every schema are made of this.

    Args:
        meaning: What it holds, for people.
        default: What stands where the vendor did not say.
        currency: For money, the field that names its currency.
        since: The version of the contract that brought it. A field of a later one stands at the end
            of its class: where it is empty, a row has the digest and the hash that it had before.
        is_needed: Of a child, whether it is about nothing without this field: a declared mapping
            has to fill it, and `itself` makes no child where it is empty.
    """
    metadata = {"help": meaning, "currency": currency, "since": since, "is_needed": is_needed}
    return attrs.field(default=default, metadata=metadata)


def personal(meaning: str, *, default: Any = None, since: str = FIRST) -> Any:
    """A field with personal data: no repr shows it. Arguments as for `plain`."""
    return attrs.field(default=default, repr=False, metadata={"help": meaning, "since": since})


def children(table: str, meaning: str, *, since: str = FIRST) -> Any:
    """A list of children, which have a table of their own; arguments as for `plain`."""
    return attrs.field(default=(), metadata={"help": meaning, "table": table, "since": since})


def is_later(field: attrs.Attribute[Any]) -> bool:
    """Whether a later version of the contract than the first brought a field."""
    return bool(field.metadata.get("since", FIRST) != FIRST)


def is_needed(field: attrs.Attribute[Any]) -> bool:
    """Whether a child is about nothing without a field."""
    return bool(field.metadata.get("is_needed"))


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


def only(record: type[Any], names: str) -> frozenset[str]:
    """Some fields of a kind of record, for `Shape.carries`; a word brings its `_raw` with it.

    Args:
        record: The kind of record.
        names: The fields, with blanks between them.

    Raises:
        PluginError: There is no such field.
    """
    known = {one.name for one in attrs.fields(record)}
    named = set(names.split())
    if unknown := sorted(named - known):
        raise PluginError(
            f"{record.__name__} has no field {unknown[0]!r}",
            hint=did_you_mean(unknown[0], known, "docs/model.md lists them."),
        )
    return frozenset(named | ({f"{name}_raw" for name in named} & known))


def all_but(record: type[Any], names: str) -> frozenset[str]:
    """All other fields of a kind of record; arguments and errors as for `only`."""
    return frozenset(one.name for one in attrs.fields(record)) - only(record, names)
