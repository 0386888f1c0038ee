"""Times: RFC 3339, read strictly."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from duetrail.wire.fields import Mismatch

# RFC 3339, section 5.6, with the offset optional so that its absence can be told.
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


# Lengths of the usual forms in UTC.
_SECONDS = len("2026-01-02T03:04:05Z")
_MILLISECONDS = len("2026-01-02T03:04:05.123Z")
_FRACTIONS = frozenset({_MILLISECONDS, len("2026-01-02T03:04:05.123456Z")})

_LEAP_SECOND = re.compile(r":60(\.\d+)?(?=[Zz+-]|$)", re.ASCII)


def utc(text: str) -> datetime:
    """An RFC 3339 date-time as an aware datetime in UTC.

    A leap second, 23:59:60, is the last microsecond before it: no datetime holds it.

    Raises:
        Mismatch: It has no offset, so that its zone would be a guess, or is no date-time.
    """
    try:
        usual = in_utc(text)
    except ValueError:
        usual = None
    if usual is not None:
        return usual
    if not _DATE_TIME.fullmatch(text):
        raise Mismatch("an RFC 3339 date-time", text)
    moment, is_leap = _moment_of(text)
    if moment.tzinfo is None:
        raise Mismatch("a date-time with a UTC offset", text)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise Mismatch("a date-time between the years 1 and 9999", text) from None
    if is_leap and (moment.hour, moment.minute) != (23, 59):
        raise Mismatch("an RFC 3339 date-time", text)
    return moment


def in_utc(text: Any) -> datetime | None:
    """A date-time in one of the usual forms of UTC; None for anything else.

    Raises:
        ValueError: There is no such day or time.
    """
    if text.__class__ is not str or text[4:19:3] != "--T::" or text[11:13] == "24":
        return None
    size = len(text)
    is_usual = text[-1] == "Z" and (size == _SECONDS or (size in _FRACTIONS and text[19] == "."))
    return datetime.fromisoformat(text) if is_usual else None


# Of the times of a page many are the same: of objects inside each other, and of one day.
@lru_cache(maxsize=1_024)
def usual_time(text: str) -> tuple[datetime, str] | None:
    """A date-time in one of the usual forms of UTC, and as every store writes it.

    Returns:
        With it the text with six decimals; None for anything else.

    Raises:
        ValueError: There is no such day or time.
    """
    if len(text) == _MILLISECONDS and text[4:20:3] == "--T::." and text[23] == "Z":
        # As below, in half the time.
        if text[11:13] != "24":
            return datetime.fromisoformat(text), f"{text[:23]}000Z"
    elif (moment := in_utc(text)) is not None:
        return moment, f"{text[:-1]}.000000Z" if len(text) == _SECONDS else f"{text[:-1]:0<26}Z"
    return None


def stored_time(text: str) -> str | None:
    """A date-time in one of the usual forms of UTC as every store writes it, with six decimals.

    Returns:
        None for anything else, and where there is no such day or time.
    """
    try:
        usual = usual_time(text)
    except ValueError:
        return None
    return None if usual is None else usual[1]


def _moment_of(text: str) -> tuple[datetime, bool]:
    """What a text of the form of a date-time says, and whether it is a leap second."""
    before = _LEAP_SECOND.sub(":59.999999", text, count=1)
    try:
        # "24:00:00" is read by some Pythons and not by others.
        if text[11:13] == "24":
            raise ValueError
        return datetime.fromisoformat(before.upper()), before != text
    except ValueError:
        raise Mismatch("an RFC 3339 date-time", text) from None


def is_no_time(text: str) -> bool:
    """Whether a text has the form of a date or a date-time, and there never was such a one."""
    is_day = bool(DATE.fullmatch(text))
    if not is_day and not _DATE_TIME.fullmatch(text):
        return False
    try:
        if is_day:
            date.fromisoformat(text)
        else:
            # One without an offset is left to whoever wants one.
            utc(text if text[-1] in "Zz" or text[-6] in "+-" else f"{text}Z")
    except (Mismatch, ValueError):
        return True
    return False
