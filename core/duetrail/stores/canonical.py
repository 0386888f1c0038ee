"""Canonical JSON: one text for one value, whichever store kept it."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import msgspec

from duetrail.stores.rows import Table, Values
from duetrail.stores.schema.tables import Kind

# So far a number is written digit by digit; beyond, with an exponent.
_MOST = 1000

_encode = msgspec.json.Encoder(order="deterministic").encode


def canonical_json(text: str) -> str:
    """JSON with its keys in order, without blanks, and its numbers digit by digit.

    It is the one form in which JSON of several stores compares: PostgreSQL's jsonb orders keys in
    its own way and writes `1e2` as `100`. The digest is made of it.
    """
    return _encode(_decode(text)).decode()


def comparable(table: Table, values: Values) -> Values:
    """The values of a table's columns, those that are any JSON in their canonical form."""
    places = _json_columns(table)
    if not places:
        return values
    return tuple(
        canonical_json(value) if at in places and value is not None else value
        for at, value in enumerate(values)
    )


@cache
def _json_columns(table: Table) -> frozenset[int]:
    kinds = (part.kind for one in table.fields for part in one.schema.parts)
    return frozenset(at for at, kind in enumerate(kinds) if kind is Kind.JSON)


def _number(text: str) -> msgspec.Raw:
    """A number with a point or an exponent, as PostgreSQL would write it."""
    number = Decimal(text)
    is_short = abs(number.adjusted()) < _MOST
    written = format(number if number else abs(number), "f") if is_short else str(number)
    return msgspec.Raw(written.encode())


_decode = msgspec.json.Decoder(float_hook=_number).decode
