"""One page of any Stuut list but that of invoices.

The reference shows the parameters ``page``, ``limit``, ``sort_by`` and ``sort_order`` for such
lists, and no options for ``sort_by``: which keys a list takes here is plausible, not documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from duetrail_sandbox.rendering import listed, spliced
from duetrail_sandbox.router import Answer, Request
from duetrail_sandbox.stuut.query import DEFAULT_LIMIT, MAX_LIMIT, arranged, integer, option

__all__ = ["Keys", "page"]

T = TypeVar("T")
Keys = Mapping[str, Callable[[T], Any]]


def page(
    request: Request,
    rows: Sequence[T],
    keys: Keys[T],
    write: Callable[[T], str],
    *,
    counted: bool = True,
) -> Answer:
    """Answer the page asked for, oldest ``created_at`` first unless asked otherwise.

    Without ``counted`` the answer has nothing but ``data``: of some lists the reference shows
    no more, and their reader has to stop at a short page.
    """
    faults: list[dict[str, Any]] = []
    number = integer(request, "page", 0, 0, None, faults)
    limit = integer(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT, faults)
    sort_by = option(request, "sort_by", tuple(keys), faults) or "created_at"
    descending = option(request, "sort_order", ("asc", "desc"), faults) == "desc"
    if faults:
        return Answer.of(422, {"detail": faults})
    ordered = arranged(rows, keys[sort_by], descending)
    start = number * limit
    envelope = {
        "current_page": number,
        "total_records": len(ordered),
        "next_page": number + 1 if start + limit < len(ordered) else None,
    }
    data = listed([write(row) for row in ordered[start : start + limit]])
    return Answer(200, spliced(envelope if counted else {}, data=data).encode())
