"""Ask Twilio for its lists, page by page along the links, newest first.

Source: Twilio's OpenAPI document, `GET /2010-04-01/Accounts/{AccountSid}/Calls.json` and its
neighbours. The filters compare days in UTC. Whether they include the last day they name is said
differently of each list, so nothing is made to depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from duetrail import by_resource
from duetrail.http import day, link, listed
from duetrail.model import from_rfc2822
from duetrail.source import Cursor, Notice, Page


def _list(name: str, parameter: str, at: str) -> Callable[..., Iterator[Page | Cursor | Notice]]:
    """A list: all of it, or what is new, and what may have changed since.

    Args:
        name: What it is called in its path.
        parameter: By which time it is filtered.
        at: Where a row has that.
    """
    return listed(
        link,
        f"/2010-04-01/Accounts/{{account_sid}}/{name}.json",
        page_size="PageSize",
        since=(f"{parameter}>", day),
        until=(f"{parameter}<", day),
        at=at,
        time=from_rfc2822,
        overlap=_look_back,
        next="$.next_page_uri",
        id="sid",
    )


def _look_back(options: Any) -> timedelta:
    return timedelta(days=options.look_back_days)


fetch = by_resource(
    calls=_list("Calls", "StartTime", "start_time"),
    recordings=_list("Recordings", "DateCreated", "date_created"),
    messages=_list("Messages", "DateSent", "date_sent"),
)
