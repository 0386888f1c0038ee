"""Days on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime

from duetrail.errors import UsageError


def day_of(text: str) -> date:
    """A day from `2026-06-30` or `today`, which is the day in UTC.

    Raises:
        UsageError: It is none.
    """
    if text == "today":
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", hint="Write it as 2026-06-30, or today.") from None


def known_day_of(text: str) -> date:
    """The same, of a day at whose end something can have been known: today, or a past one.

    Raises:
        UsageError: It is none, or in the future.
    """
    if (day := day_of(text)) > day_of("today"):
        raise UsageError(
            f"nobody knows yet what records will be on {day}",
            hint="Give a day as of which they were known: today in UTC, or a past one.",
        )
    return day
