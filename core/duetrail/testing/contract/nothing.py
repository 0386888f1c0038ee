"""Nothing: an item that says nothing, and what a mapping makes of it all the same.

The item keeps what identifies it and what its wire class requires, and the items around it stand
there as they were recorded. What is read from there is no invention: it becomes another where that
is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from duetrail.json_tree import leaves
from duetrail.model import Money, fields_of
from duetrail.testing.differences import all_differences
from duetrail.testing.leaves import put
from duetrail.testing.mutations import Mutation
from duetrail.testing.wires import another


def made_up(mutation: Mutation) -> Iterator[tuple[str, Any]]:
    """The amounts, currencies, times and numbers in the records of an item that says nothing.

    Args:
        mutation: A page with such an item.

    Yields:
        Each field, such as `Invoice.total`, with its value.
    """
    found = list(_given(mutation))
    if not found:  # as of most: then nothing has to be tried
        return
    moved, held = _moved(mutation), {str(value).upper() for _, value in leaves(mutation.data)}
    for name, value in found:
        # Of a key that is not there a currency may be guessed, such as that of the country.
        is_guessed = name.endswith(".currency") and str(value).upper() not in held
        if name not in moved or is_guessed:
            yield name, value


def _given(mutation: Mutation) -> Iterator[tuple[str, Any]]:
    for record in mutation.whole_records:
        for one in fields_of(type(record)):
            value = getattr(record, one.name)
            is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
            is_given = is_number or isinstance(value, Money | date) or one.name == "currency"
            if value == "" or (value is not None and is_given):
                yield f"{type(record).__name__}.{one.name}", value


def _moved(mutation: Mutation) -> frozenset[str]:
    """The fields that are read from what the page holds."""
    moved: frozenset[str] = frozenset()
    for steps, value in leaves(mutation.data):
        new = _another(value)
        if new is not None:
            other = attrs.evolve(mutation, data=put(mutation.data, steps, new))
            if not other.is_refused:
                moved |= all_differences(mutation.records, other.records)
    return moved


def _another(value: Any) -> Any:
    """Another value of the kind that this one is by its looks; None for none."""
    if value is None or isinstance(value, dict | list):
        return None
    if not isinstance(value, str):
        return another(type(value), value)
    for kind, read in ((date, date.fromisoformat), (datetime, datetime.fromisoformat)):
        with suppress(ValueError, OverflowError):
            read(value)
            return another(kind, value)
    if value.isdecimal():
        return str(int(value) + 1)
    if len(value) == 3 and value.isalpha():
        return "SEK" if value.upper() == "NOK" else "NOK"
    return another(str, value)
