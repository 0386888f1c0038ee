"""The company's own calendar: the "now" it begins at, and how times look in an answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

__all__ = ["FOREVER", "NOW", "TODAY", "after", "noon", "office_time", "stamp"]

# A constant and not the host's clock: the same seed must give the same bytes in any year.
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
# Later than anything that happens.
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

_SATURDAY = 5


def noon(day: int) -> datetime:
    """The company's "now" when so many days have passed."""
    return NOW + timedelta(days=day)


def stamp(moment: datetime) -> str:
    """Write an aware UTC moment as the vendors print it, such as ``2026-06-30T12:00:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def office_time(day: date, rng: Random) -> datetime:
    """Choose a moment of a working day, between 08:00 and 16:59 UTC.

    A Saturday or Sunday becomes the following Monday.
    """
    if day.weekday() >= _SATURDAY:
        day += timedelta(days=7 - day.weekday())
    return datetime(
        day.year, day.month, day.day, rng.randint(8, 16), rng.randint(0, 59), tzinfo=UTC
    )


def after(moment: datetime, rng: Random, low: int, high: int) -> datetime:
    """Choose an office time ``low`` to ``high`` days after a moment, never before it."""
    chosen = office_time(moment.date() + timedelta(days=rng.randint(low, high)), rng)
    return max(chosen, moment + timedelta(minutes=rng.randint(3, 50)))
