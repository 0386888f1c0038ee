"""Records as rows: the one place that knows how a field becomes columns and back.

The tables follow the model. A field is one column of its own name, except:

- `Money` is two: the decimal amount as text, and `<field>_minor` where only minor units are known;
- child records (`lines`, `attachments`) are rows of their own table;
- `invoices` of a touch are rows of `links`; `extra` stays in the page.

Decimals are text (SQLite would make floats of them); times are ISO 8601 in UTC with six decimals,
so that they sort as text; lists and addresses are JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_origin

import attrs
import msgspec
from attrs import field, frozen

from duetrail.errors import BadItem
from duetrail.model import BY_TABLE, Address, Money, Record, Ref, fields_of
from duetrail.model.money import sane
from duetrail.stores.compiled import values_of

Values = tuple[Any, ...]

_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode
_text = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@frozen
class Column:
    """One column of a table.

    Attributes:
        name: Its name.
        sql: `TEXT` or `INTEGER`.
    """

    name: str
    sql: str = "TEXT"


@frozen
class FieldCodec:
    """How one field of a record becomes columns and back. None is NULL and needs neither.

    Attributes:
        name: The field.
        columns: One column, or for money two.
        kind: The type of its value, without `| None`.
        encode: From a value to what its column holds.
        decode: Back.
        currency: For money the field that holds its currency, otherwise None.
        words: `personal` where it holds what somebody wrote and the model calls it personal,
            `free` for all other text of a vendor; empty for amounts, times and canonical words.
    """

    name: str
    columns: tuple[Column, ...]
    kind: Any
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    currency: str | None = None
    words: str = ""


@frozen
class Row:
    """A record as the store keeps it.

    Attributes:
        table: The record's table.
        connection: The first half of its identity.
        id: The second half.
        values: The columns after these two, in the table's order.
        children: The rows of each child table, in order, without parent and position.
        invoices: The invoices the vendor names for it, sorted, each once.
    """

    table: str
    connection: str
    id: str
    values: Values = field(repr=False)
    children: Mapping[str, tuple[Values, ...]] = field(repr=False)
    invoices: tuple[Ref, ...] = ()

    @property
    def ref(self) -> Ref:
        """A reference to the record."""
        return Ref(self.connection, self.table, self.id)

    def body(self) -> bytes:
        """The row as JSON, without its identity: equal rows have equal bodies."""
        return _encode((self.values, self.children, self.invoices))

    @classmethod
    def from_body(cls, ref: Ref, body: bytes | str) -> Row:
        """The row back from `body`."""
        values, children, invoices = _decode(body)
        return cls(
            ref.record,
            ref.connection,
            ref.id,
            tuple(values),
            {table: tuple(tuple(row) for row in rows) for table, rows in children.items()},
            tuple(Ref(*invoice) for invoice in invoices),
        )


@frozen(eq=False)
class Table:
    """A table made from a record class, or from a child of one.

    Attributes:
        name: The table's name.
        record: The attrs class.
        parent: For a child table the column that holds the parent's id, such as `invoice_id`.
        fields: How each field becomes columns.
        children: The child tables by the field that holds them.
        columns: The columns after the identity, in order.
        values: From a record or child to the values of these columns; raises BadItem where a money
            field is not in the currency its record names.
    """

    name: str
    record: type[Any]
    parent: str | None
    fields: tuple[FieldCodec, ...]
    children: Mapping[str, Table]
    columns: tuple[Column, ...] = field(init=False)
    values: Callable[[Any], Values] = field(init=False)

    @columns.default
    def _columns(self) -> tuple[Column, ...]:
        return tuple(column for codec in self.fields for column in codec.columns)

    @values.default
    def _values(self) -> Callable[[Any], Values]:
        return values_of(self.fields, _money_out)

    @property
    def identity(self) -> tuple[Column, ...]:
        """The primary key."""
        if self.parent is None:
            return (Column("connection"), Column("id"))
        return (Column("connection"), Column(self.parent), Column("position", "INTEGER"))

    @property
    def words(self) -> dict[str, str]:
        """The columns that hold free text, each with `personal` or `free` (see `FieldCodec`)."""
        return {codec.name: codec.words for codec in self.fields if codec.words}

    def fields_from(self, values: Values) -> dict[str, Any]:
        """The field values of one row, ready for the record class."""
        at = 0
        fields: dict[str, Any] = {}
        amounts: dict[str, Values] = {}
        for codec in self.fields:
            parts = values[at : at + len(codec.columns)]
            at += len(codec.columns)
            if codec.currency is not None:
                amounts[codec.name] = parts
            else:
                fields[codec.name] = None if parts[0] is None else codec.decode(parts[0])
        for codec in self.fields:
            if codec.currency is not None:
                fields[codec.name] = _money_in(amounts[codec.name], fields[codec.currency])
        return fields


def to_row(record: Record) -> Row:
    """A record as a row.

    Raises:
        BadItem: A value cannot be kept exactly: money in another currency than the record's.
    """
    table = table_of(record.table)
    if not record.id or type(record.id) is not str:
        raise TypeError("expected an id")
    return Row(
        table.name,
        record.connection,
        record.id,
        table.values(record),
        {
            child.name: tuple(child.values(part) for part in getattr(record, name))
            for name, child in table.children.items()
        },
        tuple(sorted(set(getattr(record, "invoices", ())))),
    )


def from_row(row: Row) -> Record:
    """The record back from its row."""
    table, record = table_of(row.table), BY_TABLE[row.table]
    parts: dict[str, Any] = {
        name: tuple(
            child.record(**child.fields_from(values)) for values in row.children.get(child.name, ())
        )
        for name, child in table.children.items()
    }
    if any(f.name == "invoices" for f in attrs.fields(record)):
        parts["invoices"] = row.invoices
    return record(connection=row.connection, id=row.id, **table.fields_from(row.values), **parts)


@cache
def table_of(name: str) -> Table:
    """The table of a kind of record, by its name, with its child tables."""
    record = BY_TABLE[name]
    return _table(record, record.table, None, skip={"connection", "id", "invoices"})


def moment(value: datetime) -> str:
    """A time as the store writes it: UTC, six decimals, so that text order is time order.

    Raises:
        BadItem: It has no zone, so that its instant would be a guess.
    """
    if value.tzinfo is UTC:
        # As below, in a tenth of the time: msgspec leaves out a fraction that is nought.
        text = _text(value)
        if len(text) == 22:
            return f"{text[1:20].decode()}.000000Z"
        return text[1:-1].decode()
    if value.tzinfo is None:
        raise BadItem("a time has no zone")
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


# --- fields --------------------------------------------------------------------------------------


def _table(record: type[Any], name: str, parent: str | None, skip: set[str]) -> Table:
    codecs, children = [], {}
    for attribute in fields_of(record):
        if attribute.name in skip:
            continue
        if child := attribute.metadata.get("table"):
            child_class = get_args(attribute.type)[0]
            children[attribute.name] = _table(child_class, child, f"{_singular(record)}_id", set())
        else:
            codecs.append(_codec(attribute))
    return Table(name, record, parent, tuple(codecs), children)


def _singular(record: type[Any]) -> str:
    return record.__name__.lower()


def _codec(attribute: attrs.Attribute[Any]) -> FieldCodec:
    name = attribute.name
    kind = _kind(attribute.type)
    if kind is Money:
        currency = attribute.metadata.get("currency", "currency")
        columns = (Column(name), Column(f"{name}_minor"))
        return FieldCodec(name, columns, kind, _same, _same, currency)
    encode, decode = _scalar(kind)
    column = Column(name, "INTEGER" if kind in (int, bool) else "TEXT")
    words = ("free" if attribute.repr else "personal") if kind in _WORDS else ""
    return FieldCodec(name, (column,), kind, encode, decode, words=words)


def _kind(type_: Any) -> Any:
    """The type of a field without `| None`."""
    if get_origin(type_) is tuple:
        return type_
    return next((part for part in get_args(type_) if part is not type(None)), type_)


def _scalar(kind: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if get_origin(kind) is tuple:
        element = get_args(kind)[0]
        return _list_out, lambda text: tuple(element(word) for word in _decode(text))
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return lambda word: kind(word).value, kind
    if attrs.has(kind):
        return _json_out, lambda text: kind(**_decode(text))
    return _json_out, _decode  # Any: whatever the vendor does not type


def _same(value: Any) -> Any:
    return value


def _list_out(values: tuple[Any, ...]) -> str:
    return _encode([str(value) for value in values]).decode()


def _json_out(value: Any) -> str:
    if isinstance(value, Address):
        value = {key: part for key, part in attrs.asdict(value).items() if part is not None}
    return _encode(value).decode()


def _money_out(codec: FieldCodec, money: Money, currency: str | None) -> Values:
    if money.currency != currency:
        raise BadItem(f"{codec.name} is not in the currency of {codec.currency}")
    return (_plain(money.amount), _plain(money.minor))


def _money_in(values: Values, currency: str | None) -> Money | None:
    amount, minor = values
    if amount is None and minor is None:
        return None
    return Money(_decimal(amount), currency, _decimal(minor))


def _plain(number: Decimal | None) -> str | None:
    if number is None:
        return None
    text = str(number)  # a third of the time that a format takes
    return text if "E" not in text else format(number, "f")


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text_out(text: str) -> str:
    if type(text) is not str:
        raise TypeError("expected text")
    return text


def _whole_out(number: int) -> int:
    if type(number) is not int or not -(2**63) <= number < 2**63:
        raise TypeError("expected a whole number of at most 64 bits")
    return number


def _flag_out(flag: bool) -> int:
    if type(flag) is not bool:
        raise TypeError("expected true or false")
    return int(flag)


def _number_out(number: Decimal) -> str:
    return _plain(sane(number)) or ""


def _day_out(day: date) -> str:
    if isinstance(day, datetime):
        raise BadItem("a time stands where a day belongs")
    return day.isoformat()


# What a vendor, or somebody who wrote to it, may have put anything into.
_WORDS = (str, Any, Address, tuple[str, ...])

_PLAIN: dict[Any, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    str: (_text_out, _same),
    int: (_whole_out, _same),
    bool: (_flag_out, bool),
    Decimal: (_number_out, _decimal),
    datetime: (moment, datetime.fromisoformat),
    date: (_day_out, date.fromisoformat),
}
