"""Codecs: how a value of each kind is kept by a store, and read back.

SQLite has no decimals, times or lists: decimals are text (it would make floats of them), times are
ISO 8601 in UTC with six decimals, so that they sort as text, lists and addresses are JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

import attrs
import msgspec
from msgspec import Struct

from duetrail.errors import BadItem
from duetrail.model.money import checked_decimal
from duetrail.stores.schema.tables import ColumnSchema, Kind

to_json = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode
from_json = msgspec.json.Decoder(float_hook=Decimal).decode
quoted = msgspec.json.Encoder().encode


class Codec(Struct, frozen=True):
    """How a value that is not None is kept, and read back.

    Attributes:
        encode: From the value to what its column holds; raises BadItem or TypeError where it
            cannot be kept exactly.
        decode: Back.
    """

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def sqlite_codec(column: ColumnSchema) -> Codec:
    """How SQLite keeps a column that is no money: money is two numbers, by its `parts`."""
    return _SQLITE[column.kind](column.type)


def moment(value: datetime) -> str:
    """A time as the store writes it: UTC, six decimals, so that text order is time order.

    Raises:
        BadItem: It has no zone, so that its instant would be a guess.
    """
    if value.tzinfo is UTC:
        # As below, in a tenth of the time: msgspec leaves out a fraction that is zero.
        text = quoted(value)
        if len(text) == 22:
            return f"{text[1:20].decode()}.000000Z"
        return text[1:-1].decode()
    if value.tzinfo is None:
        raise BadItem("a time has no zone")
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def digits(number: Decimal) -> str:
    """A number digit by digit, without an exponent."""
    text = str(number)  # a third of the time that a format takes
    return text if "E" not in text else format(number, "f")


def _same(value: Any) -> Any:
    return value


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
    return digits(checked_decimal(number))


def _day_out(day: date) -> str:
    if isinstance(day, datetime):
        raise BadItem("a time stands where a day belongs")
    return day.isoformat()


def _json_out(value: Any) -> str:
    return to_json(value).decode()


def _enum(words: type[Any]) -> Codec:
    return Codec(lambda word: words(word).value, words)


def _list(element: type[Any]) -> Codec:
    return Codec(
        lambda values: _json_out([str(value) for value in values]),
        lambda text: tuple(element(word) for word in from_json(text)),
    )


@cache
def _object(class_: type[Any]) -> Codec:
    """A flat value object as JSON, without what it does not say."""
    names = sorted(one.name for one in attrs.fields(class_))
    parts = [(name, Any, None) for name in names]
    said = msgspec.defstruct("Said", parts, omit_defaults=True, gc=False)
    parts_of = attrgetter(*names)

    def encode(value: Any) -> str:
        return _json_out(said(*parts_of(value)))

    return Codec(encode, lambda text: class_(**from_json(text)))


def _always(encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> Callable[[Any], Codec]:
    codec = Codec(encode, decode)
    return lambda _: codec


_SQLITE: Mapping[Kind, Callable[[Any], Codec]] = {
    Kind.TEXT: _always(_text_out, _same),
    Kind.TIME: _always(moment, datetime.fromisoformat),
    Kind.DAY: _always(_day_out, date.fromisoformat),
    Kind.FLAG: _always(_flag_out, bool),
    Kind.WHOLE: _always(_whole_out, _same),
    Kind.NUMBER: _always(_number_out, Decimal),
    Kind.ENUM: _enum,
    Kind.LIST: _list,
    Kind.ADDRESS: _object,
    Kind.JSON: _always(_json_out, from_json),
    Kind.BYTES: _always(_same, _same),
}
