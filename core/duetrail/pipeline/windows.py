"""Windows of time: named ones, and the days, weeks, months or years that a stretch is cut into.

All begin and end at midnight UTC, as `--since` and `--until` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from duetrail.errors import UsageError

Window = tuple[datetime, datetime]
"""From when on, and up to when, which is excluded."""

_DAY = timedelta(days=1)

_NAMED = re.compile(r"(\d{4})(?:-(?:(\d{2})(?:-(\d{2}))?|Q([1-4])|W(\d{2})))?")

_HINT = (
    "Write 2026, 2026-Q3, 2026-09, 2026-W36 or 2026-09-14; or this or last, and day, week, month, "
    "quarter or year: last-month."
)


def window_of(name: str, now: datetime) -> Window:
    """The window of a name.

    Args:
        name: `2026`, `2026-Q3`, `2026-09`, `2026-W36`, `2026-09-14`, `this-week`, `last-month`.
        now: Aware; what `this` and `last` are told from.

    Raises:
        UsageError: No window is called so.
    """
    word, _, step = name.partition("-")
    if word in {"this", "last"} and step in _FIRST:
        begin = _FIRST[step](now.astimezone(UTC))
        return (begin, _next(begin, step)) if word == "this" else (_last(begin, step), begin)
    found = _NAMED.fullmatch(name)
    if found is None:
        raise UsageError(f"no stretch of time is called {name[:40]!r}", hint=_HINT)
    year, month, day, quarter, week = (int(part) if part else None for part in found.groups())
    try:
        return _calendar(year or 0, month, day, quarter, week)
    except ValueError:
        raise UsageError(f"no calendar has {name}", hint=_HINT) from None


def windows(since: datetime, until: datetime, step: str) -> Iterator[Window]:
    """The windows of a stretch of time, the first and the last perhaps shorter than the others.

    Args:
        since: Aware; when the first begins.
        until: Aware; when the last ends.
        step: `day`, `week`, `month` or `year`; also `quarter`.
    """
    begin = since.astimezone(UTC)
    while begin < until:
        end = min(_next(_FIRST[step](begin), step), until.astimezone(UTC))
        yield begin, end
        begin = end


def _calendar(
    year: int, month: int | None, day: int | None, quarter: int | None, week: int | None
) -> Window:
    if week is not None:
        begin, step = datetime.fromisocalendar(year, week, 1), "week"
    elif quarter is not None:
        begin, step = datetime(year, 3 * quarter - 2, 1), "quarter"
    else:
        begin = datetime(year, month or 1, day or 1)
        step = "day" if day else "month" if month else "year"
    begin = begin.replace(tzinfo=UTC)
    return begin, _next(begin, step)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


_FIRST: dict[str, Callable[[datetime], datetime]] = {
    "day": _midnight,
    "week": lambda moment: _midnight(moment) - moment.weekday() * _DAY,
    "month": lambda moment: _midnight(moment).replace(day=1),
    "quarter": lambda moment: _midnight(moment).replace(
        day=1, month=moment.month - (moment.month - 1) % 3
    ),
    "year": lambda moment: _midnight(moment).replace(day=1, month=1),
}
"""The beginning of what a time lies in."""

STEPS = tuple(_FIRST)
"""What a stretch of time can be cut into."""

# More than any such stretch has, and less than two.
_BEYOND = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def _next(begin: datetime, step: str) -> datetime:
    try:
        return _FIRST[step](begin + _BEYOND[step] * _DAY)
    except OverflowError:
        raise UsageError(f"no calendar goes on after {begin:%Y-%m-%d}") from None


def _last(begin: datetime, step: str) -> datetime:
    return _FIRST[step](begin - _DAY)
