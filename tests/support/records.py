"""Made-up records of every kind, drawn from the types of their fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Any, get_args

import attrs
from hypothesis import strategies as st

from duetrail.model import RECORDS, Money, Record, Ref, fields_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6) | st.decimals(
    -(10**37), 10**37, places=0
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
JSON = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.none(),
    lambda part: st.lists(part, max_size=2) | st.dictionaries(TEXT, part, max_size=2),
    max_leaves=4,
)
PLAIN = {
    str: TEXT,
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    Decimal: NUMBERS,
    datetime: MOMENTS,
    date: st.dates(),
    Any: JSON,
}
INVOICES = st.lists(st.builds(Ref, TEXT, st.just("invoices"), TEXT), max_size=3)


def values_of(field: attrs.Attribute[Any]) -> st.SearchStrategy[Any]:
    """Values a field can have."""
    types = get_args(field.type) or (field.type,)
    if field.name == "invoices":
        return INVOICES.map(lambda refs: tuple(sorted(set(refs))))
    if Ellipsis in types:
        return st.lists(values_of_type(types[0]), max_size=2).map(tuple)
    values = values_of_type(types[0])
    return st.none() | values if NoneType in types else values


def values_of_type(type_: Any) -> st.SearchStrategy[Any]:
    if type_ in PLAIN:
        return PLAIN[type_]
    return st.sampled_from(type_) if issubclass(type_, StrEnum) else instances(type_)


def instances(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Records of a kind; money in the currency its record names."""
    fields = fields_of(kind)
    money = [field for field in fields if Money in get_args(field.type)]
    plain = {field.name: values_of(field) for field in fields if field not in money}
    amounts = st.fixed_dictionaries(
        {f.name: st.none() | st.tuples(st.booleans(), NUMBERS) for f in money}
    )

    if "id" in plain and issubclass(kind, Record):
        plain["id"] = plain["id"].filter(bool)  # nothing is mandatory but identity

    def build(values: dict[str, Any], amounts: dict[str, Any]) -> Any:
        for field in money:
            if (given := amounts[field.name]) is not None:
                currency = values[field.metadata.get("currency", "currency")]
                minor, number = given
                values[field.name] = (
                    Money(None, currency, number) if minor else Money(number, currency)
                )
        return kind(**values)

    return st.builds(build, st.fixed_dictionaries(plain), amounts)


EVERY = st.sampled_from(RECORDS).flatmap(instances)
"""A record of any kind, with anything in it."""
