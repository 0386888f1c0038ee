"""Compiled: the columns of a record by one straight function, written for its class when needed.

A record has some fifty fields, most of them empty or plain: going round a list of encoders for
them takes longer than all else that is done with a row. The function does at once what needs no
check, and leaves the rest to the encoders, which also say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol


class Encoder(Protocol):
    """What must be known of a field: see `duetrail.stores.rows.FieldCodec`."""

    @property
    def name(self) -> str:
        """The field."""

    @property
    def kind(self) -> Any:
        """Its type, without `| None`."""

    @property
    def encode(self) -> Callable[[Any], Any]:
        """From a value that is not None to what its column holds."""

    @property
    def currency(self) -> str | None:
        """For money, which has two columns, the field of its currency; otherwise None."""


def values_of(fields: Iterable[Encoder], money: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function from a record to the values of its columns, in order.

    Args:
        fields: Its fields, in order.
        money: From an encoder, an amount and its currency to what its two columns hold.
    """
    known: dict[str, Any] = {"money": money, "Decimal": Decimal}
    lines, columns = ["def values(record):"], []
    for place, one in enumerate(fields):
        value = f"value_{place}"
        known |= {f"field_{place}": one, f"encode_{place}": one.encode, f"kind_{place}": one.kind}
        lines.append(f" {value} = record.{one.name}")
        columns.append(value)
        if one.currency is None:
            lines += _lines(one.kind, value, place)
        else:
            columns.append(f"minor_{place}")
            lines += _money_lines(one.currency, value, place)
    lines.append(f" return ({', '.join(columns)},)")
    exec("\n".join(lines), known)
    compiled: Callable[[Any], Any] = known["values"]
    return compiled


def _lines(kind: Any, value: str, place: int) -> list[str]:
    if kind is str:
        return [
            f" if {value} is not None and {value}.__class__ is not str:",
            *_encoded(value, place),
        ]
    if kind is bool:
        return [
            f" if {value}.__class__ is bool: {value} = 1 if {value} else 0",
            f" elif {value} is not None: {value} = encode_{place}({value})",
        ]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return [
            f" if {value}.__class__ is kind_{place}: {value} = {value}._value_",
            f" elif {value} is not None: {value} = encode_{place}({value})",
        ]
    return [f" if {value} is not None:", *_encoded(value, place)]


def _encoded(value: str, place: int) -> list[str]:
    return [f"  {value} = encode_{place}({value})"]


def _money_lines(currency: str, value: str, place: int) -> list[str]:
    return [
        f" if {value} is None: minor_{place} = None",
        " else:",
        f"  {value}, minor_{place} = money(field_{place}, {value}, record.{currency})",
    ]
