"""What an answer must hold: the checks that a plugin makes before it yields a page.

An answer that is not what the vendor documents must fail its shard. Taken as it is, an error that
comes with a good status would pass for a list with nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from duetrail.errors import ProtocolError
from duetrail.http.walk import count
from duetrail.source import Page

T = TypeVar("T", dict[str, Any], list[Any], object)

_KINDS: Mapping[type, str] = {dict: "an object in ", list: "a list in ", object: ""}


def required(page: Page, found: object, path: str, kind: type[T]) -> T:
    """What stands at a path of an answer.

    Args:
        page: The answer, for the message.
        found: What was read of it, such as `page.data` or `page.only("$.data[*].id")`.
        path: Keys with dots between them, such as `data.items`.
        kind: `list` or `dict`; `object` for anything, null too.

    Raises:
        ProtocolError: Nothing of this kind stands there.
    """
    for key in path.split("."):
        if not isinstance(found, dict) or key not in found:
            break
        found = found[key]
    else:
        if isinstance(found, kind):
            return found
    raise ProtocolError(f"{page.url} answered without {_KINDS[kind]}`{path}`")


def expect_same(page: Page, named: object, asked: str, *, may_be_unnamed: bool = False) -> None:
    """Check that an answer is about what was asked for, as a cache that ignores the path is not.

    Args:
        page: The answer, for the message.
        named: The id that stands in it.
        asked: The id it was asked for with.
        may_be_unnamed: Whether an answer without an id is good.

    Raises:
        ProtocolError: It is about something else.
    """
    if named != asked and not (may_be_unnamed and named in (None, "")):
        raise ProtocolError(f"{page.url} answered with another object than the one asked for")


def expect_number(page: Page, holder: Mapping[str, Any], name: str, number: int) -> None:
    """Check that an answer is the page of a list that was asked for, if it says which it is.

    Args:
        page: The answer, for the message.
        holder: The object that has the number.
        name: Its key.
        number: The number that was asked for.

    Raises:
        ProtocolError: It is another page.
    """
    shown = count(page, holder, name)
    if shown not in (None, number):
        raise ProtocolError(f"{page.url} answered with page {shown}, not page {number}")
