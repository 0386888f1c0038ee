"""What an answer must hold, read and checked in one step.

An answer that is not what the vendor documents must fail its shard. Taken as it is, an error that
comes with a good status would pass for a list with nothing in it.
"""

from __future__ import annotations

import builtins
from typing import Any, TypeVar

from duetrail.errors import ProtocolError
from duetrail.http.answers import required
from duetrail.source import Page

T = TypeVar("T", dict[str, Any], list[Any])

# How each kind is called in a message.
_CALLED = {dict: "an object", list: "a list"}


def object(page: Page, path: str = "$", *keys: str) -> dict[str, Any]:
    """The object that stands at a path of an answer.

    Args:
        page: The answer.
        path: Such as `$.data`; `$` for the whole of it.
        *keys: The keys of it that have to be there, with dots and `[*]` into what stands below, if
            only these are to be parsed (see `Page.only`); without any, all of it is.

    Raises:
        ProtocolError: No object stands there.
    """
    return _expected(page, path, [f"{path}.{key}" for key in keys] or [path], dict)


def list(page: Page, path: str = "$", *keys: str) -> builtins.list[Any]:
    """The list that stands at a path of an answer.

    Args:
        page: The answer.
        path: Such as `$.data.items`; `$` for the whole of it.
        *keys: The keys of its rows that have to be there, if only these are to be parsed.

    Raises:
        ProtocolError: No list stands there.
    """
    return _expected(page, path, [f"{path}[*].{key}" for key in keys] or [path], builtins.list)


def _expected(page: Page, path: str, read: builtins.list[str], kind: type[T]) -> T:
    found = page.only(*read)
    if path != "$":
        return required(page, found, path.removeprefix("$."), kind)
    if isinstance(found, kind):
        return found
    raise ProtocolError(f"{page.url} answered without {_CALLED[kind]}")
