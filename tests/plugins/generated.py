"""Made-up items of any wire class, and which of their values the class claims.

Written from the wire classes' types alone, so that it can disagree with `duetrail.wire`. The
conftest files of this folder and of `credira` make a fixture of it.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st

Path = tuple[str | int, ...]

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


def json_key(field: attrs.Attribute[Any]) -> str:
    return field.metadata.get("key", field.name)


def claimed(type_: Any, value: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Every value of a leaf the wire class names: its path, its type, itself."""
    kind = _kind(type_)
    if attrs.has(kind) and isinstance(value, dict):
        attrs.resolve_types(kind)
        for field in attrs.fields(kind):
            if (key := json_key(field)) in value:
                yield from claimed(field.type, value[key], (*path, key))
    elif get_origin(kind) is tuple and isinstance(value, list):
        for index, element in enumerate(value):
            yield from claimed(get_args(kind)[0], element, (*path, index))
    elif not attrs.has(kind) and get_origin(kind) is not tuple:
        yield path, kind, value


def covers(type_: Any, path: Path) -> bool:
    """Whether a path leads to, or into, something the wire class names."""
    kind = _kind(type_)
    if not path:
        return True
    if attrs.has(kind):
        attrs.resolve_types(kind)
        named = {json_key(field): field.type for field in attrs.fields(kind)}
        return path[0] in named and covers(named[path[0]], path[1:])
    return covers(get_args(kind)[0], path[1:]) if get_origin(kind) is tuple else True


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no other, with its path."""
    if not isinstance(value, dict | list) or not value:
        yield path, value
        return
    for step, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(part, (*path, step))


def at(value: Any, path: Path) -> Any:
    """What stands at a path; an error where nothing does."""
    for step in path:
        value = value[step]
    return value


def changed(item: Any, path: Path, value: Any) -> Any:
    """A copy of an item with another value at a path."""
    if not path:
        return value
    step, *rest = path
    if isinstance(item, dict):
        return item | {step: changed(item[step], tuple(rest), value)}
    return [changed(part, tuple(rest), value) if i == step else part for i, part in enumerate(item)]


def another(kind: Any, value: Any) -> Any:
    """A valid value of this type, and another one than this."""
    if kind in (str, Any):
        return f"not {value}"
    if kind is bool:
        return not value
    if kind in (int, Decimal):
        return (value or 0) + 1
    if kind is datetime:
        moment = datetime.fromisoformat(value or "2001-01-01T00:00:00Z") + timedelta(seconds=1)
        return moment.isoformat()
    return (date.fromisoformat(value or "2001-01-01") + timedelta(days=1)).isoformat()


def _values(type_: Any, secrets: tuple[str, ...]) -> st.SearchStrategy[Any]:
    kind = _kind(type_)
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


def _kind(type_: Any) -> Any:
    if get_origin(type_) in (Union, types.UnionType):
        return next(part for part in get_args(type_) if part is not type(None))
    return type_
