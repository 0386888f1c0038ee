"""Times: RFC 3339, read strictly."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from duetrail.wire.fields import Mismatch
from duetrail.wire.usual_times import in_utc

# RFC 3339, section 5.6, with the offset optional so that its absence can be told.
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)


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
