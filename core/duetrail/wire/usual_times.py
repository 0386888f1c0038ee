"""Times in the usual forms of UTC, read fast."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

# Lengths of the usual forms in UTC.
_SECONDS = len("2026-01-02T03:04:05Z")
_MILLISECONDS = len("2026-01-02T03:04:05.123Z")
_FRACTIONS = frozenset({_MILLISECONDS, len("2026-01-02T03:04:05.123456Z")})


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
