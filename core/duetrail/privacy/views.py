"""Views: a text as people read it, and the position of each part of that in what is stored.

Escapes are undone (`duetrail.escapes`), format characters and tags removed, and letters that differ
in writing only made equal (NFKC, capitals). Some characters can be read in two ways, so a text may
have several views: a tag may hold what is looked for, or stand between its halves; an invisible
character may stand inside a word or between two; `=20` may be a number, or a blank of
quoted-printable.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache, partial

from duetrail.escapes import Layer, Span, Unescaped, original, replaced, unescaped
from duetrail.privacy import mail

_SPECIAL = re.compile(r"[&%\\<]")
_BLANK = re.compile(r"(?<!\\)\\++[nrtbfv]")
_TAG = re.compile(
    r"<(?:!--[^<>]*--|/?([a-z][a-z0-9:-]*)(?:[\s/](?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*)?)>"
)
# A letter and its accents are one.
_WIDE = re.compile(r"[^\W\d_][\u0300-\u034e\u0350-\u036f]{1,4}|[^\x00-\x7f]")

# Tags that do not part words, as a browser shows them.
_INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em"),
        *("font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike"),
        *("strong", "sub", "sup", "tt", "u", "var", "wbr"),
    )
)


class View(Unescaped):
    """One way to read a text, in lower case."""

    def __init__(self, text: str, layers: tuple[Layer, ...] = (), *, has_tags: bool = False):
        super().__init__(text, layers)
        self._tags = layers[-1] if has_tags else None

    def parts(self, begin: int, end: int) -> list[Span]:
        """Where something that is read stands in what is stored, without the tags inside."""
        if self._tags is None:
            return [self.span(begin, end)]
        tags, before = self._tags, self.layers[:-1]
        first, last = tags.first(begin), tags.last(end)
        parts: list[Span] = []
        for piece in range(bisect_left(tags.begin, first), len(tags.begin)):
            if tags.begin[piece] >= last:
                break
            if first < tags.begin[piece]:
                parts.append(original(before, first, tags.begin[piece]))
            first = tags.end[piece]
        return [*parts, original(before, first, last)] if first < last else parts


def views(text: str) -> Iterator[View]:
    """The ways in which a text can be read; most texts have one."""
    seen: set[str] = set()
    for written, layers in _sent(text):
        for view in _views(written, layers):
            if view.text not in seen:
                seen.add(view.text)
                yield view


def _sent(text: str) -> Iterator[tuple[str, tuple[Layer, ...]]]:
    """A text as it is written, and as a mail that was encoded to be sent."""
    yield text, ()
    if "=" not in text or not mail.IS_ENCODED.search(text):
        return
    joined, words = replaced(text, mail.WORDS, mail.words)
    whole, breaks = replaced(joined, mail.SOFT_BREAK, lambda found: "")
    read, signs = replaced(whole, mail.PRINTABLE, mail.printable)
    if read != text:
        yield read, (words, breaks, signs)


def _views(text: str, before: tuple[Layer, ...]) -> Iterator[View]:
    if text.isascii() and not _SPECIAL.search(text):
        yield View(text.lower(), before)
        return
    plain = unescaped(text)
    for gap in ("", " "):  # what an invisible character may stand for
        read, wide = replaced(plain.text, _WIDE, partial(_seen, gap=gap))
        above = (*before, *plain.layers, wide)
        if gap:
            read, blank = replaced(read, _BLANK, lambda found: " ")
            above = (*above, blank)
        read = read.lower()
        yield View(read, above)
        if "<" in read:
            shown, tags = replaced(read, _TAG, partial(_shown, gap=gap))
            yield View(shown, (*above, tags), has_tags=True)


@lru_cache(65_536)
def _narrow(sign: str) -> str:
    """A character beyond ASCII as it compares; empty where it is not seen."""
    is_format = len(sign) == 1 and unicodedata.category(sign) == "Cf"
    if is_format or sign == "\u034f" or "\ufe00" <= sign <= "\ufe0f":
        return ""
    if sign.isdecimal():  # digits of other scripts
        return str(unicodedata.decimal(sign))
    return unicodedata.normalize("NFKC", sign).casefold()


def _seen(found: re.Match[str], gap: str) -> str:
    return _narrow(found[0]) or gap


def _shown(found: re.Match[str], gap: str) -> str:
    return gap if found[1] is None or found[1] in _INLINE else " "
