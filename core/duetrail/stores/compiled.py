"""Compiled: the columns of a record by one straight function, written for its class when needed.

A record has some fifty fields, most of them empty or plain: going round a list of codecs for them
takes longer than all else that is done with a row. The function does at once what needs no check,
and leaves the rest to the codecs, which also say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from duetrail.errors import BadItem
from duetrail.model.made_ids import is_short
from duetrail.stores.codecs import digits, quoted, sqlite_codec
from duetrail.stores.schema.tables import ColumnSchema, Kind

R = TypeVar("R")

# What is done with a value by its kind: all other kinds go through their codec.
_LINES = {
    Kind.TEXT: """
 if {v} is not None and {v}.__class__ is not str:
  {v} = encode_{v}({v})""",
    Kind.FLAG: """
 if {v} is not None:
  {v} = (1 if {v} else 0) if {v}.__class__ is bool else encode_{v}({v})""",
    Kind.ENUM: """
 if {v} is not None:
  {v} = {v}._value_ if {v}.__class__ is type_{v} else encode_{v}({v})""",
    # As `moment` does for times in UTC, without a call; msgspec leaves out a fraction of zero.
    Kind.TIME: """
 if {v} is not None:
  if {v}.__class__ is datetime and len(text := quoted({v})) == 22 and text[20] == 90:
   {v} = text[1:20].decode() + ".000000Z"
  elif {v}.__class__ is datetime and len(text) == 29 and text[27] == 90:
   {v} = text[1:28].decode()
  else:
   {v} = encode_{v}({v})""",
    Kind.DAY: """
 if {v} is not None:
  {v} = {v}.isoformat() if {v}.__class__ is date else encode_{v}({v})""",
    # As `digits` of a sane number does, for one that is short and has no sign.
    Kind.NUMBER: """
 if {v} is not None:
  if {v}.__class__ is Decimal and len(text := str({v})) < 39 and \
    text.replace(".", "", 1).isdecimal():
   {v} = text
  else:
   {v} = encode_{v}({v})""",
    Kind.LIST: """
 if {v} is not None:
  {v} = encode_{v}({v}) if {v} else '[]'""",
    Kind.MONEY: """
 if {v} is None:
  {v}_minor = None
 else:
  if {v}.currency != record.{currency}:
   raise BadItem("{name} is not in the currency of {currency}")
  {v}_minor = {v}.minor
  {v} = {v}.amount
  if {v} is not None:
   {v} = digits({v})
  if {v}_minor is not None:
   {v}_minor = digits({v}_minor)""",
}
_OTHER = """
 if {v} is not None:
  {v} = encode_{v}({v})"""


def values_of(columns: Iterable[ColumnSchema]) -> Callable[[Any], Any]:
    """A function from a record to the values of its columns in SQLite, in order.

    It raises BadItem where money is in another currency than its record names, and whatever the
    codecs raise.
    """
    known = names()
    code, values = "def values(record):", ""
    for place, column in enumerate(columns):
        v = f"v{place}"
        code += f"\n {v} = record.{column.name}{encoding(column, v, known)}"
        values += f"{v}, {v}_minor, " if column.kind is Kind.MONEY else f"{v}, "
    exec(f"{code}\n return ({values})", known)
    compiled: Callable[[Any], Any] = known["values"]
    return compiled


def row_of(
    make: Callable[..., R],
    table: str,
    values: Callable[[Any], Any],
    children: Mapping[str, tuple[str, Callable[[Any], Any], bool]],
    *,
    has_invoices: bool,
) -> Callable[[Any], R]:
    """A function from a record to its row.

    Args:
        make: Makes the row of the table, the two halves of the identity, the values of the columns,
            the rows of child tables, and the invoices.
        table: The table.
        values: Gives the values of the columns.
        children: For each field with children, their table, what gives the values of one, and
            whether the table is left out where there are none.
        has_invoices: Whether the record names invoices.
    """
    known: dict[str, Any] = {"make": make, "table": table, "values": values}
    known |= {"BadItem": BadItem, "is_short": is_short}
    parts, later = [], []
    for place, (name, (child, child_values, is_later)) in enumerate(children.items()):
        known[f"values_{place}"] = child_values
        rows = f"tuple(map(values_{place}, record.{name}))"
        if is_later:
            later.append(f" if record.{name}: children[{child!r}] = {rows}")
        else:
            parts.append(f"{child!r}: {rows}")
    invoices = "tuple(sorted(set(record.invoices))) if record.invoices else ()"
    lines = [
        "def row(record):",
        " id = record.id",
        " if not id or id.__class__ is not str: raise BadItem('the record has no text for an id')",
        " if not is_short(id): raise BadItem('the id of the record is too long to be one')",
        " columns = values(record)",
        f" children = {{{', '.join(parts)}}}",
        *later,
        f" invoices = {invoices if has_invoices else '()'}",
        " return make(table, record.connection, id, columns, children, invoices)",
    ]
    exec("\n".join(lines), known)
    compiled: Callable[[Any], R] = known["row"]
    return compiled


def names() -> dict[str, Any]:
    """What the lines of `encoding` know by name."""
    return {
        "BadItem": BadItem,
        "Decimal": Decimal,
        "date": date,
        "datetime": datetime,
        "digits": digits,
        "quoted": quoted,
    }


def encoding(column: ColumnSchema, v: str, known: dict[str, Any]) -> str:
    """The lines after which a variable holds what its column does.

    Args:
        column: The column; of money, the variable `<v>_minor` is its second part, and `record`
            knows its currency.
        v: The variable, which holds the value of the field.
        known: The names that the function knows; what these lines need is added.
    """
    if column.kind is not Kind.MONEY:
        encode = _told(column.name, sqlite_codec(column).encode)
        known |= {f"encode_{v}": encode, f"type_{v}": column.type}
    return _LINES.get(column.kind, _OTHER).format(v=v, name=column.name, currency=column.currency)


def _told(name: str, encode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, and an error says which field it is about: a BadItem itself, others in a note."""

    def encoded(value: Any) -> Any:
        try:
            return encode(value)
        except BadItem as error:
            raise BadItem(f"{name}: {error.reason}", path=error.path) from None
        except Exception as error:
            error.add_note(name)
            raise

    return encoded
