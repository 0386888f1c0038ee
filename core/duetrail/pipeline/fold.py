"""Fold: one record from what is seen of it in several shapes, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from duetrail.model import Money
from duetrail.pipeline.precedence import carries
from duetrail.source import Shape
from duetrail.stores import Row, from_row, table_of, to_row


def fold(ranked: Iterable[tuple[Shape, Row]]) -> Row:
    """One row from the rows of several shapes, highest rank first.

    Each field comes from the first shape that carries it, be it empty there; a shape that does
    not carry a field says nothing about it.
    """
    pairs = list(ranked)
    row = pairs[0][1]
    table = table_of(row.table)
    values, children, at = list(row.values), dict(row.children), 0
    for codec in table.fields:
        width = len(codec.columns)
        chosen = _carrier(pairs, codec.name)
        values[at : at + width] = chosen.values[at : at + width]
        at += width
    for name, child in table.children.items():
        children[child.name] = _carrier(pairs, name).children.get(child.name, ())
    children = table.children_of(children)
    invoices = _carrier(pairs, "invoices").invoices
    return _settled(evolve(row, values=tuple(values), children=children, invoices=invoices))


def _settled(row: Row) -> Row:
    """Amounts in minor units become amounts where another shape brought the currency."""
    names = [codec.name for codec in table_of(row.table).fields if codec.currency is not None]
    record = from_row(row)
    known: dict[str, Any] = {
        name: Money.from_minor(money.minor, money.currency)
        for name in names
        if (money := getattr(record, name)) is not None and money.minor is not None
    }
    return to_row(evolve(record, **known)) if known else row


def _carrier(pairs: list[tuple[Shape, Row]], name: str) -> Row:
    for shape, row in pairs:
        if carries(shape, name):
            return row
    return pairs[0][1]
