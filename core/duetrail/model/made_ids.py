"""Made ids: of objects that have none of their own, of what together tells them from others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from duetrail.errors import BadItem

# Texts are shortened from here on, in letters: ids stand in indexes.
_LONG, _KEPT = 80, 40

# In bytes of UTF-8. A longer id is no id: it would bloat every index it stands in, and PostgreSQL
# takes none that is much longer.
_LONGEST = 1024

# What an id is put together with does not stand in a part as it is.
_MARKS = str.maketrans({"%": "%25", "/": "%2F", "~": "%7E", "\0": "%00"})


def made_id(*values: Any) -> str:
    """An id for an object that has none, such as `i1/2026-03-02T09:00:00Z`.

    Two ids of as many values are equal only where all values are. An object of which one of them
    is edited is another one, so take what does not change: the id of the object around, a time of
    creation, a number; and no people, whom an erasure would leave in it.

    Args:
        values: What together tells it from others, in order: texts, numbers, times, days, or None.
            A time is the same in whatever offset it is written, a number with however many digits;
            a long text is shortened to its beginning and a hash.

    Raises:
        BadItem: All of them are None.
    """
    if all(value is None for value in values):
        raise BadItem("there is nothing that its id could be made of")
    return "/".join(map(_text, values))


def _text(value: Any) -> str:
    """A value as a part of an id: nothing for None, and an empty text is something."""
    if value is None:
        return ""
    if isinstance(value, datetime):  # however its offset is written
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool | date):
        return value.isoformat() if isinstance(value, date) else str(value).lower()
    text = _plain(value) if isinstance(value, Decimal) else str(value)
    if len(text) > _LONG:
        digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
        return f"{text[:_KEPT].translate(_MARKS)}~{digest}"
    return text.translate(_MARKS) or "%"


def _plain(number: Decimal) -> str:
    """A number to its last digit, without zeros after these."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) if number else "0"


def is_short(id: str) -> bool:
    """Whether a text is short enough to be an id."""
    return len(id) * 4 <= _LONGEST or len(id.encode(errors="replace")) <= _LONGEST
