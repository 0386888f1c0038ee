"""Ask Stripe for its lists, newest first; each page begins after the last row of the one before.

Source: Stripe API reference, Pagination. No list can be filtered by when an object changed, so each
run reads it whole; what is unchanged is known by its content.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from duetrail import hookimpl
from duetrail.http import Session, cursor
from duetrail.source import Connection, Page, Shard


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page]:
    """The pages of a list: all of it, or what was created in the time the user asks for."""
    params = {
        "limit": connection.options.page_size,
        "created[gte]": _seconds(shard.since),
        "created[lt]": _seconds(shard.until),
    }
    return cursor(
        session,
        f"/v1/{shard.resource}",
        params,
        rows="$.data[*]",
        param="starting_after",
        more="$.has_more",
    )


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())
