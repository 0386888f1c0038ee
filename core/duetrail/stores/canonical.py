"""Canonical JSON: one text for one value, however it was written and whichever store kept it."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from functools import cache

import msgspec
from attrs import evolve

from duetrail.stores.codecs import to_json
from duetrail.stores.rows import Row, Values, table_of
from duetrail.stores.schema.tables import Kind

# Whole numbers of fewer digits are written out, however they came: 1e2 is 100.
_WRITTEN_OUT = 1_000


def canonical_json(text: str) -> str:
    """The canonical form of JSON: the same for all texts of one value, and for no other.

    Keys are sorted, there are no blanks, numbers have no zeros at their end and no exponent that
    they can do without; of two equal keys in one object the last one counts. The digest is made of
    it, and where two texts differ, this is compared.
    """
    return to_json(_read(text)).decode()


def comparable(table: str, values: Values) -> Values:
    """The values of a row of records, those that are any JSON in canonical form."""
    places = _json_places(table)
    if not any(values[at] is not None for at in places):
        return values
    return tuple(
        canonical_json(value) if at in places and value is not None else value
        for at, value in enumerate(values)
    )


def canonical(row: Row) -> Row:
    """A row with the JSON in its columns in canonical form."""
    return evolve(row, values=comparable(row.table, row.values))


def is_equal(one: Row, other: Row) -> bool:
    """Whether two rows say the same, however their JSON is written."""
    return one == other or (holds_json(one) and canonical(one) == canonical(other))


def holds_json(row: Row) -> bool:
    """Whether any JSON stands in a row; in its children there is none."""
    places = _json_places(row.table)
    return bool(places) and any(row.values[at] is not None for at in places)


@cache
def _json_places(name: str) -> frozenset[int]:
    """Where JSON stands in the values of a table of records."""
    kinds = (part.kind for one in table_of(name).fields for part in one.schema.parts)
    return frozenset(at for at, kind in enumerate(kinds) if kind is Kind.JSON)


def _number(text: str) -> Decimal | int:
    number = Decimal(text)
    if number.adjusted() < _WRITTEN_OUT and number == number.to_integral_value():
        return int(number)
    # Exactly: as many digits as there are.
    return number.normalize(Context(prec=len(text), Emin=MIN_EMIN, Emax=MAX_EMAX))


_read = msgspec.json.Decoder(float_hook=_number).decode
