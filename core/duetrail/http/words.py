"""A vendor's own words in an error, without what may be secret or about people.

Vendors echo data in their errors: the address that does not exist, the name that is taken. Their
words often say best what is wrong, so they are repeated, but short and masked: what is quoted, has
an `@`, looks like a number of people or accounts, or is written like a name. A name that is
written like an ordinary word cannot be told from one.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve

from duetrail.http.shortening import shortened
from duetrail.secrets import redact
from duetrail.source import Page

MASK = "[…]"

# Characters of a text that are repeated, and that are looked at.
_LONGEST = 200
_READ = 2_000

# A quotation stays if it can only be the name of a parameter.
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)|\"[^\"]*\"|`[^`]*`|“[^”]*”|«[^»]*»")
_PARAMETER = re.compile(r"[a-z][a-z_.\-\[\]]{0,39}", re.ASCII)

# Telephone numbers, bank accounts, cards: six digits or more, however they are grouped.
_NUMBER = re.compile(r"\d(?:[ ()./-]{0,2}\d){5,}")

_ENDS = (".", "!", "?", ":", ";")
_PUNCTUATION = ".,:;!?()[]{}<>"


def spoken(text: str) -> str:
    """A vendor's text, on one line, masked, at most 200 characters."""
    # Secrets go first: a part of one would not be known again.
    line = " ".join(redact(text[:_READ]).split())
    line = _QUOTED.sub(_unless_parameter, line)
    line = _NUMBER.sub(MASK, line)
    words = line.split(" ")
    shown = [MASK if _is_private(words, place) else word for place, word in enumerate(words)]
    return shortened(" ".join(shown), _LONGEST)


def masked(page: Page) -> Page:
    """An answer whose every text is as `spoken`, for the message of an error."""
    try:
        return evolve(page, data=_each_spoken(page.data))
    except RecursionError:  # nested too deeply to hold words for people
        return evolve(page, data=None)


def _unless_parameter(found: re.Match[str]) -> str:
    return found[0] if _PARAMETER.fullmatch(found[0][1:-1]) else MASK


def _is_private(words: list[str], place: int) -> bool:
    word = words[place].strip(_PUNCTUATION)
    if "@" in word:
        return True
    if not _is_like_a_name(word):
        return False
    begins = place == 0 or words[place - 1].endswith(_ENDS)
    following = words[place + 1].strip(_PUNCTUATION) if place + 1 < len(words) else ""
    return not begins or _is_like_a_name(following)


def _is_like_a_name(word: str) -> bool:
    """Capitalised; but neither a code such as NOT_FOUND nor an acronym such as JSON."""
    if not word[:1].isupper() or "_" in word:
        return False
    return not (word.isascii() and word.isupper() and len(word) <= 4)


def _each_spoken(value: Any) -> Any:
    if isinstance(value, str):
        return spoken(value)
    if isinstance(value, dict):
        return {key: _each_spoken(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_each_spoken(below) for below in value]
    return value
