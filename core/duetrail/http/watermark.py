"""Incremental reading: what changed since the newest change that was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from duetrail.errors import BadItem
from duetrail.json_tree import EACH
from duetrail.source import Cursor, Notice, Page, Shard
from duetrail.wire import Mismatch, utc

OVERLAP = timedelta(hours=1)
"""Rows may come into a list a little later than the time they bear."""

_FIRST = datetime(2, 1, 1, tzinfo=UTC)


def incremental(
    shard: Shard,
    pages: Callable[[datetime | None], Iterable[Page]],
    *,
    at: str,
    time: Callable[[Any], datetime | None] = utc,
    overlap: timedelta = OVERLAP,
) -> Iterator[Page | Cursor | Notice]:
    """The pages of what changed, and at the end the cursor for the next run.

    The cursor is the newest time that was read, and never one ahead of this run: by the clock of
    the vendor, not of this machine. A run begins a little before it. `--since` counts before the
    cursor, for a resource that declares it.

    Args:
        shard: The shard that is read.
        pages: Gives the pages of what changed from a time on; of everything where that is None.
        at: Where the rows of a page have that time, such as `$.data[*].updated_at`.
        time: Reads it; ISO 8601 if nothing else is said. For seconds, `from_unix`.
        overlap: How long before the cursor a run begins.
    """
    newest, is_shown, is_read = _read(shard.cursor, utc), False, False
    begin = shard.since or _before(newest, overlap)
    for page in pages(begin):
        yield page
        for value in _values(page.only(at), _steps(at)):
            if (told := _read(value, time)) is not None:
                newest = told if newest is None else max(newest, told)
                is_read = True
            is_shown = is_shown or value is not None
    if is_shown and not is_read:
        yield Notice(
            f"no time could be read at {at}, so the cursor stays where it was, and without one the "
            "next run reads everything again; the plugin has to say by `time=` how it is written"
        )
    if newest is not None:
        yield Cursor(min(newest, shard.now).isoformat())


def _before(newest: datetime | None, overlap: timedelta) -> datetime | None:
    """When a run begins; None for everything.

    Some vendors write the first day of the calendar where nothing ever changed. That is no time to
    begin at: there is none before it, and in some zones it is a day that there is not.
    """
    if newest is None or newest - _FIRST <= overlap:
        return None
    return newest - overlap


def _read(value: Any, time: Callable[[Any], datetime | None]) -> datetime | None:
    """A time; None for what is none, which the mapping has to judge."""
    try:
        return None if value is None else time(value)
    except (Mismatch, BadItem, TypeError, ValueError, AttributeError):
        return None


def _values(told: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    """What stands at the end of a path."""
    if not steps:
        yield told
    elif steps[0] == EACH:
        for one in told if isinstance(told, list) else ():
            yield from _values(one, steps[1:])
    elif isinstance(told, dict):
        yield from _values(told.get(steps[0]), steps[1:])


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.removeprefix("$").replace(EACH, f".{EACH}").split(".")[1:])
