"""What a table is, said once for every store: its columns, their kinds, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace


class Kind(StrEnum):
    """What a column holds, whatever a store makes of it."""

    TEXT = "text"
    MONEY = "money"
    TIME = "time"
    DAY = "day"
    FLAG = "flag"
    WHOLE = "whole number"
    NUMBER = "number"
    ENUM = "enum"
    LIST = "list"
    ADDRESS = "address"
    JSON = "JSON"
    BYTES = "bytes"


class ColumnSchema(Struct, frozen=True, dict=True):
    """A column, as every store has it.

    Attributes:
        name: Its name.
        kind: What it holds.
        help: What that means, for people.
        nullable: Whether it may hold nothing.
        type: The Python class of an enum, an address, or the elements of a list; otherwise None.
        currency: For money the column that names its currency, otherwise None.
        is_personal: Whether it holds personal data.
        is_later: Whether a later contract than the first brought it; such columns come last.
    """

    name: str
    kind: Kind
    help: str = ""
    nullable: bool = True
    type: Any = None
    currency: str | None = None
    is_personal: bool = False
    is_later: bool = False

    @cached_property
    def parts(self) -> tuple[ColumnSchema, ...]:
        """The columns it takes in a table: money takes two, everything else one.

        Money is an amount in major units and, where only minor units are known, `<name>_minor`.
        """
        if self.kind is not Kind.MONEY:
            return (self,)
        amount = replace(self, kind=Kind.NUMBER, currency=None)
        minor = f"{self.help}, in minor units where only these are known"
        return (amount, replace(amount, name=f"{self.name}_minor", help=minor))


class Index(Struct, frozen=True):
    """An index.

    Attributes:
        name: Its name.
        columns: What it is over, in order.
        where: The condition of the rows that are in it, in SQL; all if empty.
    """

    name: str
    columns: tuple[str, ...]
    where: str = ""


class TableSchema(Struct, frozen=True, kw_only=True, dict=True):
    """A table, as every store has it.

    Attributes:
        name: Its name.
        help: What a row is, for people.
        columns: Its columns, in order; money is one (see `parts`).
        primary_key: The columns of its primary key.
        indexes: The other indexes.
        is_clustered: Whether its rows lie in the order of the primary key: good for short rows.
        checks: Conditions every row must meet, in SQL.
        record: The class of its rows, if it holds records or children of records.
        parent: For children the column with the id of the record they belong to, otherwise None.
        children: The tables of its children by the field that holds them.
        is_later: Whether it holds children of a field that a later contract than the first brought.
    """

    name: str
    help: str
    columns: tuple[ColumnSchema, ...]
    primary_key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    is_clustered: bool = False
    checks: tuple[str, ...] = ()
    record: type[Any] | None = None
    parent: str | None = None
    children: Mapping[str, str] = {}
    is_later: bool = False

    @cached_property
    def parts(self) -> tuple[ColumnSchema, ...]:
        """The columns a store makes of it, in order; none is money."""
        return tuple(part for column in self.columns for part in column.parts)
