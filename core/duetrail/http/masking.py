"""A vendor's own words in an error, without what may be secret or about people.

Vendors echo data in their errors: the address that does not exist, the name that is taken. Their
words often say best what is wrong, so they are repeated, but short and masked: what is quoted, has
an `@`, looks like a number of people or accounts, or is written like a name and is no word of
`duetrail.http.vocabulary`. A name in small letters cannot be told from an ordinary word.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve

from duetrail.escapes import plainest
from duetrail.http.shortening import shortened
from duetrail.http.vocabulary import ALSO_NAMES, is_like_a_name
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

_PUNCTUATION = ".,:;!?()[]{}<>"

# What says for machines which error it is; a `classify_error` goes by it, so it is not masked.
_CODES = frozenset({"code", "type", "error_code", "errorcode", "error_type", "status", "state"})
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:/#-]{0,63}", re.ASCII)


def masked_message(text: str) -> str:
    """A vendor's text, on one line, masked, at most 200 characters."""
    # Secrets go first: a part of one would not be known again.
    line = " ".join(plainest(redact(text[:_READ])).split())
    line = _QUOTED.sub(_unless_parameter, line)
    line = _NUMBER.sub(MASK, line)
    words = line.split(" ")
    shown = [MASK if _is_private(words, place) else word for place, word in enumerate(words)]
    return shortened(" ".join(shown), _LONGEST)


def masked(page: Page) -> Page:
    """An answer whose every text is as `masked_message`, for the message of an error."""
    try:
        return evolve(page, data=_each_masked(page.data))
    except RecursionError:  # nested too deeply to hold words for people
        return evolve(page, data=None)


def _unless_parameter(found: re.Match[str]) -> str:
    return found[0] if _PARAMETER.fullmatch(found[0][1:-1]) else MASK


def _is_private(words: list[str], place: int) -> bool:
    if _is_personal(words[place]):
        return True
    word = words[place].strip(_PUNCTUATION)
    if word.casefold() not in ALSO_NAMES or not word[:1].isupper():
        return False
    return any(map(_is_personal, words[max(place - 1, 0) : place + 2]))


def _is_personal(word: str) -> bool:
    if word.strip(_PUNCTUATION) in {"", MASK.strip("[]")}:
        return False
    return "@" in word or is_like_a_name(word)


def _each_masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked_message(value)
    if isinstance(value, dict):
        return {
            key: below if _is_code(key, below) else _each_masked(below)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return [_each_masked(below) for below in value]
    return value


def _is_code(key: str, value: Any) -> bool:
    """Whether a value is a code, and not about somebody, going by its key and its signs."""
    return (
        key.lower() in _CODES
        and isinstance(value, str)
        and _CODE.fullmatch(value) is not None
        and _NUMBER.search(value) is None
        and redact(value) == value
    )
