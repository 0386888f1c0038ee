"""What a terminal can show: its width, colours, and how wide a text is on it."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator


def has_colour(chosen: bool | None) -> bool:
    """Whether stdout is to have colours.

    Args:
        chosen: What the user said; None for what `NO_COLOR`, `FORCE_COLOR` and the stream say.
    """
    if chosen is not None:
        return chosen
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return _is_terminal() and os.environ.get("TERM") != "dumb"


def columns() -> int | None:
    """How many columns the terminal has that stdout is; None where it is none."""
    return shutil.get_terminal_size().columns if _is_terminal() else None


def _is_terminal() -> bool:
    """Whether stdout is one; where it was closed (`>&-`) there is none."""
    return sys.stdout is not None and sys.stdout.isatty()


def display_width(text: str) -> int:
    """How many columns a text takes: ideographs and emoji two, marks above a letter none."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def padded(text: str, width: int) -> str:
    """A text with blanks after it, up to a width."""
    return text + " " * (width - display_width(text))


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of a text that are no wider than a width, parted between words.

    Args:
        text: One line, with single blanks between its words.
        width: In columns; at least two, which is what the widest character takes.
    """
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if display_width(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *whole, line = _cut(word, width)
        yield from whole
    if line:
        yield line


def _cut(word: str, width: int) -> Iterator[str]:
    """The parts of a word that is too wide for a line; the whole of another."""
    begin = taken = 0
    for place, character in enumerate(word):
        wide = _width(character)
        if taken + wide > width:
            yield word[begin:place]
            begin, taken = place, 0
        taken += wide
    yield word[begin:]


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
