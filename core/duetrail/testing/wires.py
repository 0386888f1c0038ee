"""Wire classes as a test sees them: which keys they name, and which values fit.

Written from the classes' types alone, so that it can disagree with `duetrail.wire`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, get_args, get_origin

import attrs

from duetrail.json_tree import Steps
from duetrail.wire import Id


def json_key(field: attrs.Attribute[Any]) -> str:
    """The vendor's key of a wire field."""
    return str(field.metadata.get("key", field.name))


def bare(kind: Any) -> Any:
    """A type without `| None`; of an id, that of a text."""
    if get_origin(kind) is tuple:
        return kind
    found = next((part for part in get_args(kind) if part is not type(None)), kind)
    return str if found is Id else found


def element(kind: Any) -> Any:
    """The type of the elements of a list."""
    return get_args(kind)[0] if get_origin(kind) is tuple else Any


@cache
def named(kind: Any) -> Mapping[str, Any]:
    """The type of every key a wire class names; nothing of any other type."""
    if not attrs.has(kind):
        return {}
    attrs.resolve_types(kind)
    return {json_key(one): one.type for one in attrs.fields(kind)}


def needed(kind: Any) -> dict[str, Any]:
    """An object with nothing in it but what its wire class requires."""
    if not attrs.has(kind):
        return {}
    required = [one for one in attrs.fields(kind) if one.default is attrs.NOTHING]
    keys = [json_key(one) for one in required]
    return {key: _made_up(bare(named(kind)[key])) for key in keys}


def _made_up(kind: Any) -> Any:
    if attrs.has(kind):
        return needed(kind)
    return [] if get_origin(kind) is tuple else another(kind, None)


def all_named(kind: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The path of every leaf a wire class names, in the first element of every list."""
    kind = bare(kind)
    if attrs.has(kind):
        for key, type_ in named(kind).items():
            yield from all_named(type_, (*steps, key))
    elif get_origin(kind) is tuple:
        yield from all_named(element(kind), (*steps, 0))
    else:
        yield steps


def kind_at(kind: Any, steps: Steps) -> Any:
    """The type a wire class gives to what stands at a path it names."""
    kind = bare(kind)
    if not steps or kind is Any:
        return kind
    inner = element(kind) if isinstance(steps[0], int) else named(kind).get(steps[0], Any)
    return kind_at(inner, steps[1:])


def claimed(type_: Any, value: Any, path: Steps = ()) -> Iterator[tuple[Steps, Any, Any]]:
    """Every value of a leaf the wire class names: its path, its type, itself."""
    kind = bare(type_)
    if attrs.has(kind) and isinstance(value, dict):
        for key, inner in named(kind).items():
            if key in value:
                yield from claimed(inner, value[key], (*path, key))
    elif get_origin(kind) is tuple and isinstance(value, list):
        for index, one in enumerate(value):
            yield from claimed(element(kind), one, (*path, index))
    elif not attrs.has(kind) and get_origin(kind) is not tuple:
        yield path, kind, value


def covers(type_: Any, path: Steps) -> bool:
    """Whether a path leads to, or into, something the wire class names."""
    kind = bare(type_)
    if not path:
        return True
    if attrs.has(kind):
        key = str(path[0])
        return key in named(kind) and covers(named(kind)[key], path[1:])
    return covers(element(kind), path[1:]) if get_origin(kind) is tuple else True


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
