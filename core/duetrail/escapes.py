"""Escapes: texts with their escapes undone, and the position of each part in the original.

Escapes of JSON and other languages, percent-encoding and entities of HTML are undone layer by
layer, so that a text that was escaped twice is read, too. Secrets and people are both looked for
in texts so undone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import unquote

Span = tuple[int, int]
"""Begin and end."""

# Deeper nesting of escapes does not occur in good faith; the limit keeps the time linear.
_DEPTH = 8

_SPECIAL = re.compile(r"[&%\\]")

# Before a quote, a slash or another backslash there may be any number of backslashes: each text
# that stands in another doubles them.
_ESCAPE = re.compile(
    r"%[0-7][0-9a-fA-F]|%u[0-9a-fA-F]{4}|%[cCdD][0-9a-fA-F]%[89abAB][0-9a-fA-F]"
    r"|%[eE][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){2}|%[fF][0-4](?:%[89abAB][0-9a-fA-F]){3}"
    r"|%[89a-fA-F][0-9a-fA-F]"
    r"|&(?:\#0*+[0-9]{1,7}|\#[xX]0*+[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?"
    r"|(?<!\\)\\(?:\\*+(?:u[dD][89abAB][0-9a-fA-F]{2}\\{1,8}u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|u[0-9a-fA-F]{4}|u\{0*+[0-9a-fA-F]{1,6}\}|x[0-9a-fA-F]{2}|[\"'/])|\\++)"
)
_HEX = re.compile(r"[ux]\{?([0-9a-fA-F]{1,6})")

# The same for bytes, without what hides nothing of a text of ASCII without blanks and quotes; most
# texts of the web have some of that. Apart, each is found four times as fast; and where the sign
# that it begins with is missing, as in most answers, one look for that is all it takes.
_HIDES = {
    b"%": re.compile(rb"%(?:2[1-9a-fA-F]|[3-7][0-9a-fA-F]|u00)"),
    b"\\": re.compile(rb"\\(?:u00[2-7]|u\{|x[2-7]|\\/)"),
    b"&": re.compile(
        rb"&(?:#|(?i:amp|lt|gt|quot)|(?:excl|num|dollar|percnt|apos|lpar|rpar|ast|midast|plus|comma"
        rb"|period|sol|colon|semi|equals|quest|commat|lsqb|lbrack|bsol|rsqb|rbrack|Hat|lowbar"
        rb"|UnderBar|grave|DiacriticalGrave|lcub|lbrace|verbar|vert|VerticalLine|rcub|rbrace|QUOT);)"
    ),
}


class Layer:
    """Maps positions in a changed text back to those in the text it was made from."""

    def __init__(self) -> None:
        self.at: list[int] = []  # where each piece begins in what came out,
        self.to: list[int] = []  # and ends
        self.begin: list[int] = []  # the same in what went in
        self.end: list[int] = []

    def first(self, place: int) -> int:
        """Where what stands at a place begins in what went in."""
        piece = bisect_right(self.at, place) - 1
        if piece < 0:
            return place
        if place < self.to[piece]:
            return self.begin[piece]
        return self.end[piece] + place - self.to[piece]

    def last(self, place: int) -> int:
        """Where what ends at a place ends in what went in."""
        piece = bisect_right(self.at, place - 1) - 1
        if piece < 0:
            return place
        if place <= self.to[piece]:
            return self.end[piece]
        return self.end[piece] + place - self.to[piece]


class Unescaped:
    """A text with some layers of escapes undone.

    Attributes:
        text: What is read.
        layers: What was changed, from the original on.
    """

    def __init__(self, text: str, layers: tuple[Layer, ...] = ()) -> None:
        self.text = text
        self.layers = layers

    def span(self, begin: int, end: int) -> Span:
        """Where something that is read stands in the original; escapes are never halved."""
        return original(self.layers, begin, end)


def original(layers: tuple[Layer, ...], begin: int, end: int) -> Span:
    """Where something stood before all these layers were undone."""
    for layer in reversed(layers):
        begin, end = layer.first(begin), layer.last(end)
    return begin, end


def unescaped_forms(text: str) -> Iterator[Unescaped]:
    """The text as it is, and then with one more layer of escapes undone each time."""
    yield Unescaped(text)
    layers: tuple[Layer, ...] = ()
    for _ in range(_DEPTH):
        if not _SPECIAL.search(text):
            return
        changed, layer = replaced(text, _ESCAPE, _unescaped)
        if changed == text:
            return
        text, layers = changed, (*layers, layer)
        yield Unescaped(text, layers)


def texts(text: str) -> Iterator[str]:
    """The texts of `unescaped_forms`, without the positions, which take time."""
    yield text
    for _ in range(_DEPTH):
        changed = _ESCAPE.sub(_unescaped, text)
        if changed == text:
            return
        text = changed
        yield text


def unescaped(text: str) -> Unescaped:
    """The text without any escape."""
    *_, last = unescaped_forms(text)
    return last


def plainest(text: str) -> str:
    """The text of `unescaped`, without the positions."""
    *_, last = texts(text)
    return last


def may_hide(content: bytes, *, anything: bool, is_bare: bool = False) -> bool:
    """Whether escapes in there may hide something; to be asked first, since it costs little.

    Args:
        content: Text in UTF-8.
        anything: Whether blanks, quotes, backslashes and letters beyond ASCII matter, too.
        is_bare: Whether it is known that backslashes hide none of the other characters.
    """
    if anything:
        return any(sign in content for sign in _HIDES)
    return any(
        sign in content and escape.search(content) is not None
        for sign, escape in _HIDES.items()
        if not (is_bare and sign == b"\\")
    )


def replaced(
    text: str, pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str]
) -> tuple[str, Layer]:
    """A text with what a pattern finds replaced, and the map of positions back."""
    layer, parts, read, length = Layer(), [], 0, 0
    for found in pattern.finditer(text):
        begin, end = found.span()
        new = instead(found)
        length += begin - read
        if len(new) != end - begin:
            layer.at.append(length)
            layer.to.append(length + len(new))
            layer.begin.append(begin)
            layer.end.append(end)
        parts += [text[read:begin], new]
        length += len(new)
        read = end
    return "".join([*parts, text[read:]]), layer


def _unescaped(found: re.Match[str]) -> str:
    return _meant(found[0])


@lru_cache(maxsize=4_096)
def _meant(written: str) -> str:
    """What an escape stands for."""
    if written[0] == "&":
        import html  # has a table of all entities; few commands need it

        return html.unescape(written)
    if written[0] == "%" and written[1] != "u":
        try:
            return unquote(written, errors="strict")
        except UnicodeDecodeError:
            return unquote(written, encoding="latin-1")
    codes = [int(code, 16) for code in _HEX.findall(written)]
    if not codes:
        return written[-1]
    if max(codes) > 0x10FFFF:
        return written
    text = "".join(map(chr, codes))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
