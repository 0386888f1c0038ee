"""From when on a first run reads calls: as configured, else from the earliest bill on.

Source: Yeti's customer API, GET /invoices.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from duetrail.errors import FetchError
from duetrail.source import Shard
from duetrail.wire import Mismatch, utc
from duetrail_yeti.documents import Client, Query, rows

# The sample configuration of Yeti drops calls after so long.
_KEPT = timedelta(days=120)

# Yeti is not older: a period that began earlier has no calls before this.
_OLDEST = datetime(2010, 1, 1, tzinfo=UTC)

_EARLIEST: Query = {
    "sort": "start-date,id",
    "fields[invoices]": "start-date",
    "page[number]": 1,
    "page[size]": 1,
}

# Calls are read even where bills may not be read, or not in this order.
_NOT_SHOWN = (400, 403, 404)


def first_calls_from(shard: Shard, client: Client, options: Any) -> datetime:
    """When the first calls that are asked for began: that day, or that moment.

    Unless the user says so it is 120 days ago, or earlier if a bill is for earlier calls.

    Args:
        shard: What is read, and from when on if the user says so for this run.
        client: What bills are asked through.
        options: The settings of the connection.
    """
    if shard.since is not None:
        return shard.since.astimezone(UTC)
    if options.calls_from is not None:
        return datetime.combine(options.calls_from, time(tzinfo=UTC))
    kept = datetime.combine((shard.now.astimezone(UTC) - _KEPT).date(), time(tzinfo=UTC))
    return max(min([kept, *_earliest_bill(client)]), min(kept, _OLDEST))


def _earliest_bill(client: Client) -> Iterator[datetime]:
    """When the period of the earliest bill began; nothing where there is none."""
    try:
        page = client.ask("invoices", _EARLIEST)
    except FetchError as error:
        if error.status in _NOT_SHOWN:
            return
        raise
    for row in rows(page):
        attributes = row.get("attributes") if isinstance(row, dict) else None
        start = attributes.get("start-date") if isinstance(attributes, dict) else None
        try:
            if isinstance(start, str):
                yield utc(start)
        except Mismatch:
            return  # the mapping of the bill says what is wrong with it
