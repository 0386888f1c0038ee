"""Ask Twilio for its lists, page by page along the links, newest first.

Source: Twilio's OpenAPI document, `GET /2010-04-01/Accounts/{AccountSid}/Calls.json` and its
neighbours. The filters compare days in UTC, and include the day they name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from duetrail import hookimpl
from duetrail.http import Session, link
from duetrail.source import Connection, Cursor, Page, Shard

# By which time each list is filtered.
_TIMES = {"calls": "StartTime", "recordings": "DateCreated", "messages": "DateSent"}


@hookimpl
def fetch(shard: Shard, session: Session, connection: Connection) -> Iterator[Page | Cursor]:
    """The pages of a list: all of it, or from the day on that the last run had reached."""
    options = connection.options
    params = {"PageSize": options.page_size}
    path = f"/2010-04-01/Accounts/{options.account_sid}/{shard.resource.capitalize()}.json"
    since = _since(shard, timedelta(days=options.look_back_days))
    yield from link(
        session,
        path,
        params if since is None else {**params, f"{_TIMES[shard.resource]}>": since.isoformat()},
        rows=f"$.{shard.resource}[*]",
        next="$.next_page_uri",
        id="sid",
    )
    yield Cursor(_day(shard.now).isoformat())


def _since(shard: Shard, look_back: timedelta) -> date | None:
    if shard.since is not None:
        return _day(shard.since)
    return None if shard.cursor is None else date.fromisoformat(shard.cursor) - look_back


def _day(time: datetime) -> date:
    return time.astimezone(UTC).date()
