"""Ask Twilio for its lists, page by page along the links, newest first.

Source: Twilio's OpenAPI document, `GET /2010-04-01/Accounts/{AccountSid}/Calls.json` and its
neighbours. The filters compare days in UTC, and include the day they name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from duetrail import hookimpl
from duetrail.http import Session, incremental, link
from duetrail.model import from_rfc2822
from duetrail.source import Connection, Cursor, Notice, Page, Shard

# By which time each list is filtered, and where a row has it.
_TIMES = {
    "calls": ("StartTime", "start_time"),
    "recordings": ("DateCreated", "date_created"),
    "messages": ("DateSent", "date_sent"),
}


@hookimpl
def fetch(
    shard: Shard, session: Session, connection: Connection
) -> Iterator[Page | Cursor | Notice]:
    """The pages of a list: all of it, or what is new, and what may have changed since."""
    options, name = connection.options, shard.resource
    path = f"/2010-04-01/Accounts/{options.account_sid}/{name.capitalize()}.json"
    parameter, key = _TIMES[name]

    def since(begin: datetime | None) -> Iterator[Page]:
        query = {
            "PageSize": options.page_size,
            f"{parameter}>": _day(begin),
            f"{parameter}<": _day(shard.until),
        }
        return link(session, path, query, rows=f"$.{name}[*]", next="$.next_page_uri", id="sid")

    yield from incremental(
        shard,
        since,
        at=f"$.{name}[*].{key}",
        time=from_rfc2822,
        overlap=timedelta(days=options.look_back_days),
    )


def _day(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).date().isoformat()
