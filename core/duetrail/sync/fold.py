"""Fold: one record from the copies of it in several shapes, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from duetrail.source import Shape
from duetrail.stores import Row, table_of


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
    invoices = _carrier(pairs, "invoices").invoices
    return evolve(row, values=tuple(values), children=children, invoices=invoices)


def _carrier(pairs: list[tuple[Shape, Row]], name: str) -> Row:
    for shape, row in pairs:
        if shape.carries is None or name in shape.carries:
            return row
    return pairs[0][1]
