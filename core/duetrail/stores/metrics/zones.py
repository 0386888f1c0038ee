"""Time zones as rows: what each adds to UTC, from when to when.

SQLite knows no time zones, and PostgreSQL its own version of them: as rows they are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duetrail.errors import StoreError
from duetrail.stores.metrics.parameters import ZoneOffset

# Zones change their offset at most so often that one look a day finds every change.
_STEP = 86_400


def offsets(names: Collection[str], first: date, last: date) -> tuple[ZoneOffset, ...]:
    """The offsets of zones from one day to another, both whole in every zone.

    Args:
        names: Zones as vendors write them; what is no zone of IANA's is left out.
        first: The first day.
        last: The last day.

    Raises:
        StoreError: This machine has no data of time zones at all.
    """
    if names and _zone("Europe/London") is None:
        raise StoreError(
            "this machine knows no time zones, so the customers' hours cannot be told",
            hint="Install them: pip install tzdata.",
        )
    begin = _second(first - timedelta(days=1))
    end = _second(last + timedelta(days=2))
    return tuple(row for name in sorted(set(names)) for row in _of_zone(name, begin, end))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no zone, or a text that cannot be the name of one
        return None


def _of_zone(name: str, begin: int, end: int) -> Iterator[ZoneOffset]:
    zone = _zone(name)
    if zone is None:
        return
    since, offset = begin, _offset(zone, begin)
    at = begin
    while at < end:
        later = min(at + _STEP, end)
        if (new := _offset(zone, later)) != offset:
            change = _change(zone, at, later, offset)
            yield ZoneOffset(name, since, change, offset)
            since, offset = change, new
        at = later
    yield ZoneOffset(name, since, end, offset)


def _change(zone: ZoneInfo, low: int, high: int, offset: int) -> int:
    """The first second with another offset, between one that has it and one that has not."""
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, second: int) -> int:
    delta = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return int(delta.total_seconds()) if delta is not None else 0


def _second(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
