"""What tells records from others: field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

import attrs

from duetrail.model import Money, Record, children_of, fields_of
from duetrail.pipeline.batch import Batch

Records = Mapping[tuple[str, str], tuple[Record, ...]]
"""The records of every item, by its place and shape."""

EXTRA = "extra"


def records_of(batch: Batch) -> Records:
    """The records of every item, by its place and shape, with `extra`."""
    return {(one.path, one.shape.name): tuple(one.with_extra()) for one in batch.mapped}


def all_differences(old: Records, new: Records) -> frozenset[str]:
    """The record fields that are not the same, such as `Invoice.total`; `extra`."""
    pairs = [(old.get(at, ()), new.get(at, ())) for at in {**old, **new}]
    return frozenset(name for pair in pairs for name in _differences(*pair))


def changed_values(old: Records, new: Records) -> Iterator[tuple[str, Any]]:
    """Each field that is not the same, such as `Invoice.total`, with its new value."""
    for at in new:
        for before, after in zip_longest(old.get(at, ()), new[at]):
            yield from _values(before, after)


def _values(before: Any, after: Any) -> Iterator[tuple[str, Any]]:
    if after is None:
        return
    for one in fields_of(type(after)):
        value = getattr(after, one.name)
        old = getattr(before, one.name) if type(before) is type(after) else None
        if "table" in one.metadata:
            for pair in zip_longest(old or (), value):
                yield from _values(*pair)
        elif value != old:
            yield f"{type(after).__name__}.{one.name}", value


def _differences(before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
    """What tells records from others: field by field, in order."""
    for old, new in zip_longest(before, after):
        if type(old) is not type(new):
            yield from (type(one).__name__ for one in (old, new) if one is not None)
            continue
        if old == new and getattr(old, EXTRA, None) == getattr(new, EXTRA, None):
            continue  # most are, and this is told at once
        for one in fields_of(type(old)):
            values = getattr(old, one.name), getattr(new, one.name)
            if "table" in one.metadata:
                yield from _differences(*values)
            elif one.name != "connection":
                yield from _fields(f"{type(old).__name__}.{one.name}", *values)
        if getattr(old, EXTRA, None) != getattr(new, EXTRA, None):
            yield EXTRA


def _fields(name: str, old: Any, new: Any) -> Iterator[str]:
    """The name of a field whose values differ; of an address, the parts that do."""
    if isinstance(old, Money) or isinstance(new, Money):
        # The store keeps the currency once, in a field of its own.
        parts = [(m.amount, m.minor) if m is not None else None for m in (old, new)]
        if parts[0] != parts[1]:
            yield name
    elif attrs.has(type(old)) and type(old) is type(new):
        for one in attrs.fields(type(old)):
            yield from _fields(f"{name}.{one.name}", getattr(old, one.name), getattr(new, one.name))
    elif old != new:
        yield name


def with_children(record: Any) -> Iterator[Any]:
    """A record, and the children in it."""
    yield record
    for name in children_of(type(record)):
        yield from getattr(record, name)
