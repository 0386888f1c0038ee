"""Spelling: how a time stands in a request, be it in seconds, as a day, or without an offset.

What is asked for from a time on is never written as a later one, and what is asked for up to a time
never as an earlier one: a row that is shown twice does no harm, a row that is not shown is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

Write = Callable[[datetime], Any]
"""Writes a time, which is aware; it leaves out what is smaller than it writes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(time: datetime) -> str:
    """In ISO 8601 and UTC, in whole seconds: `2026-03-02T08:30:00Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def without_offset(time: datetime) -> str:
    """As the clock on the wall shows it, in whole seconds: `2026-03-02 09:30:00`."""
    return time.replace(tzinfo=None).isoformat(" ", "seconds")


def seconds(time: datetime) -> int:
    """For `since` and `until` of `listed`: whole seconds since 1970."""
    return (time - _EPOCH) // timedelta(seconds=1)


def milliseconds(time: datetime) -> int:
    """For `since` and `until` of `listed`: whole milliseconds since 1970."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def day(time: datetime) -> str:
    """For `since` and `until` of `listed`: a day, such as `2026-03-02`.

    It is that of UTC, or of the list's `zone`.
    """
    return time.date().isoformat()


# What is left out by each.
_STEPS: dict[Write, timedelta] = {
    iso: timedelta(seconds=1),
    without_offset: timedelta(seconds=1),
    seconds: timedelta(seconds=1),
    milliseconds: timedelta(milliseconds=1),
    day: timedelta(days=1),
}


def begin_in(zone: tzinfo, time: datetime) -> datetime:
    """A time on the clocks of a zone, such that no later one reads less there.

    Where clocks are about to be put back, that is as much earlier as they are put back: half past
    one comes twice, and what changes at ten past the second one comes later.
    """
    local = time.astimezone(zone)
    return local - _put_back(local) if not local.fold else local


def end_in(zone: tzinfo, time: datetime) -> datetime:
    """A time on the clocks of a zone, such that no earlier one reads more there."""
    local = time.astimezone(zone)
    return local + _put_back(local) if local.fold else local


def rounded_up(time: datetime, write: Write) -> datetime:
    """A time as the next one that a function writes without leaving anything out."""
    step = _STEPS.get(write)
    if step is None:
        return time
    over = (time.replace(tzinfo=None) - datetime.min) % step
    return time + (step - over) if over else time


def _put_back(local: datetime) -> timedelta:
    """How far clocks are put back while they show this time; nothing at all other times."""
    first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    assert first is not None  # it is aware
    assert second is not None
    return max(first - second, timedelta(0))
