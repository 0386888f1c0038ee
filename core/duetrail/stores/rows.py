"""Records as rows: the one place that knows how a record becomes rows and back.

The tables are those of `duetrail.stores.schema`. A field is one column of its own name, except:

- `Money` is two: the decimal amount, and `<field>_minor` where only minor units are known;
- child records (`lines`, `attachments`) are rows of their own table;
- `invoices` of a touch are rows of `links`; `extra` stays in the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

import attrs
from attrs import field, frozen
from msgspec import Struct

from duetrail.model import BY_TABLE, Money, Record, Ref, Touch
from duetrail.model.making import fast_init
from duetrail.stores.codecs import Codec, from_json, sqlite_codec, to_json
from duetrail.stores.codecs import moment as moment
from duetrail.stores.compiled import row_of, values_of
from duetrail.stores.schema.records import ABSENT_SINCE, CHANGED_RUN, tables_of
from duetrail.stores.schema.statements import SQLITE
from duetrail.stores.schema.tables import ColumnSchema, Kind, TableSchema

Values = tuple[Any, ...]


class Column(Struct, frozen=True):
    """One column of a table in SQLite.

    Attributes:
        name: Its name.
        sql: `TEXT` or `INTEGER`.
    """

    name: str
    sql: str = "TEXT"


class FieldCodec(Struct, frozen=True):
    """How one field of a record becomes columns and back. None is NULL and needs neither.

    Attributes:
        schema: The field as every store has it.
        columns: One column, or for money two.
        codec: How its value is kept, if it is no money.
    """

    schema: ColumnSchema
    columns: tuple[Column, ...]
    codec: Codec | None

    @property
    def name(self) -> str:
        """The field."""
        return self.schema.name

    @property
    def currency(self) -> str | None:
        """For money the field that holds its currency, otherwise None."""
        return self.schema.currency

    @property
    def words(self) -> str:
        """Whether it holds what a vendor, or somebody who wrote to it, put into it.

        `personal` where the model calls it personal, `free` for all other text of a vendor; empty
        for amounts, times and canonical words.
        """
        kind = self.schema.kind
        is_free = kind in (Kind.TEXT, Kind.JSON, Kind.ADDRESS)
        if not is_free and not (kind is Kind.LIST and self.schema.type is str):
            return ""
        return "personal" if self.schema.is_personal else "free"


@fast_init
@frozen
class Row:
    """A record as the store keeps it.

    Attributes:
        table: The record's table.
        connection: The first half of its identity.
        id: The second half.
        values: The columns after these two, in the table's order.
        children: The rows of each child table, in order, without parent and position. A table
            that a later contract brought (see `Table.is_later`) is left out where it has none.
        invoices: The invoices the vendor names for it, sorted, each once.
        absent_since: Since when its vendor has not listed it, as the store writes times; None while
            it does. It says nothing of the record itself: rows are equal without it.
        changed_run: The run that changed the record last; 0 where that is not known. Rows are equal
            without it, and what is written has the run of `Changes`.
    """

    table: str
    connection: str
    id: str
    values: Values = field(repr=False)
    children: Mapping[str, tuple[Values, ...]] = field(repr=False)
    invoices: tuple[Ref, ...] = ()
    absent_since: str | None = field(default=None, eq=False)
    changed_run: int = field(default=0, eq=False)

    @property
    def ref(self) -> Ref:
        """A reference to the record, made anew: to look up a cached one takes as long."""
        return tuple.__new__(Ref, (self.connection, self.table, self.id))  # in half the time

    def body(self) -> bytes:
        """The row as JSON, without its identity: equal rows have equal bodies."""
        return to_json((self.values, self.children, self.invoices))

    @classmethod
    def from_body(cls, ref: Ref, body: bytes | str) -> Row:
        """The row back from `body`, which may have been written before a column was added."""
        values, children, invoices = from_json(body)
        missing = len(table_of(ref.record).columns) - len(values)
        return cls(
            ref.record,
            ref.connection,
            ref.id,
            (*values, *[None] * missing),
            {table: tuple(tuple(row) for row in rows) for table, rows in children.items()},
            tuple(Ref(*invoice) for invoice in invoices),
        )


class Table(Struct, frozen=True, eq=False, dict=True):
    """A table made from a record class, or from a child of one.

    Attributes:
        schema: The table as every store has it.
        name: The table's name.
        record: The attrs class.
        parent: For a child table the column that holds the parent's id, such as `invoice_id`.
        identity: The primary key.
        fields: How each field becomes columns.
        columns: The columns after the identity, in order.
        children: The child tables by the field that holds them.
        first: How many of the columns the first contract has; those of later ones come after them.
        no_later: The values of those of later ones where they are empty.
    """

    schema: TableSchema
    name: str
    record: type[Any]
    parent: str | None
    identity: tuple[Column, ...]
    fields: tuple[FieldCodec, ...]
    columns: tuple[Column, ...]
    children: Mapping[str, Table]
    first: int
    no_later: Values

    @property
    def is_later(self) -> bool:
        """Whether a later contract than the first brought this table of children."""
        return self.schema.is_later

    @cached_property
    def values(self) -> Callable[[Any], Values]:
        """From a record or child to the values of `columns`.

        Written when it is first asked for: who only reads does not wait for it. It raises BadItem
        where a money field is not in the currency its record names.
        """
        return values_of(one.schema for one in self.fields)

    @cached_property
    def row(self) -> Callable[[Any], Row]:
        """From a record to its row; written, and raises, as `values`."""
        children = {
            name: (child.name, child.values, child.is_later)
            for name, child in self.children.items()
        }
        is_touch = issubclass(self.record, Touch)
        return row_of(Row, self.name, self.values, children, has_invoices=is_touch)

    def children_of(self, found: Mapping[str, Sequence[Values]]) -> dict[str, tuple[Values, ...]]:
        """The rows of child tables as a row has them, from those that were found by table."""
        return {
            child.name: tuple(rows)
            for child in self.children.values()
            if (rows := found.get(child.name, ())) or not child.is_later
        }

    def known_first(self, values: Values) -> Values:
        """The values without the empty ones at their end that later contracts brought.

        The digest and the hashes are made of these: a column that is added changes neither of a row
        where it is empty.
        """
        later = values[self.first :]
        if later == self.no_later:  # of nearly every row
            return values[: self.first]
        end = len(values)
        while values[end - 1] is None:
            end -= 1
        return values[:end]

    @property
    def words(self) -> dict[str, str]:
        """The columns that hold free text, each with `personal` or `free` (see `FieldCodec`)."""
        return {one.name: one.words for one in self.fields if one.words}

    def fields_from(self, values: Values) -> dict[str, Any]:
        """The field values of one row, ready for the record class."""
        at = 0
        fields: dict[str, Any] = {}
        amounts: list[tuple[str, Values, str]] = []
        for name, decode, currency in self._decoders:
            value = values[at]
            if decode is None:
                fields[name] = None  # until its currency is read, and in its place
                if value is not None or values[at + 1] is not None:
                    amounts.append((name, values[at : at + 2], currency))
                at += 2
            else:
                fields[name] = None if value is None else decode(value)
                at += 1
        for name, amount, currency in amounts:
            fields[name] = _money_in(amount, fields[currency])
        return fields

    @cached_property
    def _decoders(self) -> tuple[tuple[str, Callable[[Any], Any] | None, str], ...]:
        """Of each field its name, how it is read back, and the field of its currency, for money."""
        return tuple(
            (one.name, one.codec.decode if one.codec else None, one.currency or "")
            for one in self.fields
        )


def to_row(record: Record) -> Row:
    """A record as a row.

    Raises:
        BadItem: A value cannot be kept exactly: money in another currency than the record's.
    """
    return table_of(record.table).row(record)


def from_row(row: Row) -> Record:
    """The record back from its row."""
    table, record = table_of(row.table), BY_TABLE[row.table]
    parts: dict[str, Any] = {
        name: tuple(
            child.record(**child.fields_from(values)) for values in row.children.get(child.name, ())
        )
        for name, child in table.children.items()
    }
    if _names_invoices(row.table):
        parts["invoices"] = row.invoices
    return record(connection=row.connection, id=row.id, **table.fields_from(row.values), **parts)


@cache
def _names_invoices(name: str) -> bool:
    return any(field.name == "invoices" for field in attrs.fields(BY_TABLE[name]))


@cache
def is_touch(name: str) -> bool:
    """Whether a table holds touches, which have links to invoices."""
    return issubclass(BY_TABLE[name], Touch)


@cache
def table_of(name: str) -> Table:
    """The table of a kind of record, by its name, with its child tables."""
    schema, *others = tables_of(BY_TABLE[name])
    by_name = {other.name: _table(other) for other in others}
    return _table(schema, {one: by_name[table] for one, table in schema.children.items()})


def _table(schema: TableSchema, children: Mapping[str, Table] | None = None) -> Table:
    keys = schema.primary_key
    own = [c for c in schema.columns if c.name not in keys and c not in (ABSENT_SINCE, CHANGED_RUN)]
    fields = tuple(_field_codec(column) for column in own)
    return Table(
        schema,
        schema.name,
        schema.record or object,
        schema.parent,
        tuple(_column(c) for c in schema.columns if c.name in keys),
        fields,
        tuple(column for one in fields for column in one.columns),
        children or {},
        sum(len(one.parts) for one in own if not one.is_later),
        (None,) * sum(len(one.parts) for one in own if one.is_later),
    )


def _column(column: ColumnSchema) -> Column:
    return Column(column.name, SQLITE.types[column.kind])


def _field_codec(column: ColumnSchema) -> FieldCodec:
    columns = tuple(_column(part) for part in column.parts)
    return FieldCodec(column, columns, None if column.currency else sqlite_codec(column))


def _money_in(values: Values, currency: str | None) -> Money:
    amount, minor = values
    return Money(_decimal(amount), currency, _decimal(minor))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
