"""The tables of records and their children, read off the record classes.

A field is a column. Children are rows of a table of their own, the `invoices` of a touch are rows
of `links`, and `extra` stays in the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from inspect import getdoc
from types import NoneType
from typing import Any, get_args, get_origin

import attrs

from duetrail.model import RECORDS, Address, Money, Record, children_of, fields_of, is_later
from duetrail.stores.schema.tables import ColumnSchema, Index, Kind, TableSchema

_INDEXES = {
    "invoices": (
        Index("invoices_by_number", ("connection", "number")),
        Index("invoices_by_remote_id", ("connection", "remote_id")),
        Index("invoices_by_customer", ("connection", "customer_id", "period_start_at")),
        Index(
            "credit_notes_by_invoice",
            ("connection", "original_invoice_id"),
            where="original_invoice_id IS NOT NULL",
        ),
    ),
    "emails": (Index("emails_by_callout", ("connection", "callout_id")),),
    "payment_applications": (Index("applications_by_invoice", ("connection", "invoice_id")),),
}

_KINDS = {
    str: Kind.TEXT,
    int: Kind.WHOLE,
    bool: Kind.FLAG,
    Decimal: Kind.NUMBER,
    datetime: Kind.TIME,
    date: Kind.DAY,
    Money: Kind.MONEY,
    Address: Kind.ADDRESS,
}

ABSENT_SINCE = ColumnSchema(
    "absent_since",
    Kind.TIME,
    "when a complete reading first missed it; null while the vendor lists it",
)

CHANGED_RUN = ColumnSchema(
    "changed_run",
    Kind.WHOLE,
    "the run that changed the record last, its children and its links included",
)


@cache
def record_tables() -> tuple[TableSchema, ...]:
    """The tables of every kind of record, each followed by those of its children."""
    return tuple(table for record in RECORDS for table in tables_of(record))


def record_table(name: str) -> TableSchema | None:
    """The table of records, or of their children, of this name; None of any other."""
    return next((table for table in record_tables() if table.name == name), None)


def owner_of(table: TableSchema) -> str:
    """The record table that a table of children belongs to; of a record table its own name."""
    if table.parent is None:
        return table.name
    return next(one.name for one in record_tables() if table.name in one.children.values())


def tables_of(record: type[Record]) -> tuple[TableSchema, ...]:
    """The table of a record class, followed by those of its children."""
    attributes = [one for one in fields_of(record) if one.name != "invoices"]
    children = children_of(record)
    parent = TableSchema(
        name=record.table,
        help=_first_line(record),
        columns=(*_columns(attributes, not_null=("connection", "id")), ABSENT_SINCE, CHANGED_RUN),
        primary_key=("connection", "id"),
        indexes=_INDEXES.get(record.table, ()),
        record=record,
        children={name: table for name, (table, _) in children.items()},
    )
    later = {one.metadata["table"] for one in attributes if one.name in children and is_later(one)}
    return (
        parent,
        *(
            _child(record, table, class_, is_later=table in later)
            for table, class_ in children.values()
        ),
    )


def _child(record: type[Record], table: str, class_: type[Any], *, is_later: bool) -> TableSchema:
    parent = f"{record.__name__.lower()}_id"
    identity = (
        ColumnSchema("connection", Kind.TEXT, "the connection of its record", nullable=False),
        ColumnSchema(parent, Kind.TEXT, "the id of its record", nullable=False),
        ColumnSchema("position", Kind.WHOLE, "its place there, from 0", nullable=False),
    )
    return TableSchema(
        name=table,
        help=_first_line(class_),
        columns=(*identity, *_columns(fields_of(class_))),
        primary_key=tuple(column.name for column in identity),
        indexes=_INDEXES.get(table, ()),
        record=class_,
        parent=parent,
        is_later=is_later,
    )


def _columns(
    attributes: tuple[attrs.Attribute[Any], ...] | list[attrs.Attribute[Any]],
    not_null: tuple[str, ...] = (),
) -> Iterator[ColumnSchema]:
    for one in attributes:
        if "table" in one.metadata:
            continue
        kind, type_ = _kind(one.type)
        yield ColumnSchema(
            one.name,
            kind,
            one.metadata.get("help", ""),
            nullable=one.name not in not_null,
            type=type_,
            currency=one.metadata.get("currency", "currency") if kind is Kind.MONEY else None,
            is_personal=not one.repr,
            is_later=is_later(one),
        )


def _kind(type_: Any) -> tuple[Kind, Any]:
    """The kind of a field by its type, and the class that a column of this kind names."""
    if get_origin(type_) is tuple:
        return Kind.LIST, get_args(type_)[0]
    kind = next((part for part in get_args(type_) if part is not NoneType), type_)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Kind.ENUM, kind
    if kind is Any:
        return Kind.JSON, None
    return _KINDS[kind], kind if kind is Address else None


def _first_line(class_: type[Any]) -> str:
    return (getdoc(class_) or "").partition("\n")[0]
