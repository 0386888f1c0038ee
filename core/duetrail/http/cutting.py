"""Taking out of an answer what must never be stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any


def cut(data: Any, names: Collection[str]) -> bool:
    """Delete these keys, with all below them, wherever they stand; say whether there were any.

    Args:
        data: Parsed JSON; changed in place.
        names: Exact keys, such as `access_token`.
    """
    found = False
    # A list of what is left to look at: an answer may be nested deeper than Python recurses.
    left = [data] if names else []
    while left:
        part = left.pop()
        if type(part) is dict:
            for name in names:
                if name in part:
                    del part[name]
                    found = True
            left.extend(value for value in part.values() if type(value) in _CONTAINERS)
        elif type(part) is list:
            left.extend(value for value in part if type(value) in _CONTAINERS)
    return found


_CONTAINERS = frozenset({dict, list})
