"""Made-up items of any wire class, and which of their values the class claims.

Written from the wire classes' types alone, so that it can disagree with `duetrail.wire`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args, get_origin

import attrs
from hypothesis import strategies as st

from duetrail.json_tree import at, leaves
from duetrail.testing.leaves import put as changed
from duetrail.testing.wires import another, bare, claimed, covers, json_key

__all__ = ["another", "at", "changed", "claimed", "covers", "items", "leaves"]

_WORDS = st.sampled_from(
    ["outbound", "inbound", "draft", "pending", "pending_approval", "sent", "overdue", "completed"]
)
# What no vendor would call an id is for the tests of the core.
_IDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8)
_TEXT = _WORDS | st.text(max_size=6)
_TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(lambda t: f"{t.isoformat()}Z")
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT,
    int: st.integers(0, 2**31),
    bool: st.booleans(),
    # Whole numbers are valid both as quantities and as amounts in minor units.
    Decimal: st.integers(-(10**20), 10**20),
    datetime: _TIMES,
    date: st.dates(date(1970, 1, 1), date(2100, 1, 1)).map(date.isoformat),
    Any: _TEXT | st.integers(0, 9) | st.dictionaries(st.sampled_from("ab"), _TEXT, max_size=2),
}
_CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "ADP", "ZZZ", None])


def items(wire: type[Any], secrets: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """Objects the wire class can read, with keys it does not name at every depth."""
    attrs.resolve_types(wire)
    required, optional = {}, {}
    for field in attrs.fields(wire):
        key = json_key(field)
        if field.default is attrs.NOTHING:
            required[key] = _IDS
        elif key == "currency":
            optional[key] = _CURRENCIES
        else:
            optional[key] = _values(field.type, secrets)
    for name in ("x_1", "x_2", *secrets):
        optional[name] = _unknown(secrets)
    return st.fixed_dictionaries(required, optional=optional)


def _values(type_: Any, secrets: tuple[str, ...]) -> st.SearchStrategy[Any]:
    kind = bare(type_)
    nullable = st.none() if kind is not type_ or kind is Any else st.nothing()
    if attrs.has(kind):
        return nullable | items(kind, secrets)
    if get_origin(kind) is tuple:
        return nullable | st.lists(_values(get_args(kind)[0], secrets), max_size=2)
    return nullable | _SCALARS[kind]


def _unknown(secrets: tuple[str, ...]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["x_1", "id", "amount", *secrets])
    scalars = st.none() | st.booleans() | st.integers(0, 9) | st.just(Decimal("0.10")) | _TEXT
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
        max_leaves=4,
    )
