"""JSON columns: the vendor's own text is kept, and compared by value.

A transcript in the vendor's structure is a large value that nobody looks into while it is written.
So its text is kept as it came, and no tree is built of it. What is equal by value counts as equal
all the same: where two texts differ, and in the digest, both are compared in their canonical form.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import cache
from typing import Any

import msgspec
from attrs import evolve

from duetrail.stores.codecs import from_json, to_json
from duetrail.stores.rows import Row, table_of
from duetrail.stores.schema.tables import Kind

# Escapes of what needs none, by which a search in the text would miss it; and halves of characters.
_CODE = re.compile(rb"\\[u/]")

# A number of so many digits, or with such an exponent, is one that not everything can read.
_DIGITS = bytes(b"0"[0] if chr(sign).isdecimal() else b" "[0] for sign in range(128)) + b" " * 128
_MANY = b"0" * 18

# Whole numbers of fewer digits are written out, however they came: 1e2 is 100.
_WRITTEN_OUT = 40


def kept(raw: msgspec.Raw | None) -> str | None:
    """What a JSON column holds of a value in the bytes of an answer; None for null.

    As it came, unless a reader could stumble over its numbers, or a search over its escapes: then
    as it is written from a tree.

    Args:
        raw: The value, in JSON that is known to be valid.

    Raises:
        ValueError, ArithmeticError: Something in it has to be judged.
    """
    text = b"null" if raw is None else bytes(raw)
    if text == b"null":
        return None
    is_coded = b"\\" in text and _CODE.search(text)
    if is_coded or _MANY in text.translate(_DIGITS):
        return to_json(from_json(text)).decode()
    return text.decode()


def canonical_json(text: str) -> str:
    """The canonical form of JSON: the same for all texts of one value, and for no other.

    Keys are sorted, there are no blanks, numbers have no zeros at their end and no exponent that
    they can do without; of two equal keys in one object the last one counts.
    """
    return to_json(_read(text)).decode()


def canonical(row: Row) -> Row:
    """A row with the JSON in its columns in canonical form."""
    places = json_places(row.table)
    if not any(row.values[at] is not None for at in places):
        return row
    values = list(row.values)
    for at in places:
        if values[at] is not None:
            values[at] = canonical_json(values[at])
    return evolve(row, values=tuple(values))


def is_equal(one: Row, other: Row) -> bool:
    """Whether two rows say the same, however their JSON is written."""
    return one == other or (bool(json_places(one.table)) and canonical(one) == canonical(other))


@cache
def json_places(table: str) -> tuple[int, ...]:
    """Which of the values of a row hold JSON; children hold none."""
    names = {one.name for one in table_of(table).fields if one.schema.kind is Kind.JSON}
    return tuple(at for at, one in enumerate(table_of(table).columns) if one.name in names)


def _number(text: str) -> Any:
    number = Decimal(text)
    is_short = number.adjusted() < _WRITTEN_OUT
    if is_short and number == number.to_integral_value():
        return int(number)
    # Exactly: as many digits as there are.
    return number.normalize(Context(prec=len(text), Emin=MIN_EMIN, Emax=MAX_EMAX))


_read = msgspec.json.Decoder(float_hook=_number).decode
