"""Lettering: texts as a chart may show them, and how wide they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# Marks that turn the direction of all text that follows, the page's own included.
_TURNING = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


# How wide a character is, in sizes of its font: as in DejaVu Sans, which is wider than most.
_WIDTHS = {
    character: width
    for characters, width in (
        ("iljI'|", 0.3), (" .,:;!()[]/-·trf", 0.41), ("ckszvxy?*\"", 0.6),
        ("mwMW%@&…", 1.0), ("CDGHNOQU+<=>#~", 0.84),
    )
    for character in characters
}  # fmt: skip


def clean(words: str) -> str:
    """A text without line breaks, marks that turn its direction, and what XML forbids."""
    return " ".join("".join(_clean(words.translate(_TURNING))).split())


def width_of(words: str, size: float) -> float:
    """How wide a text is at most, about, in pixels.

    Args:
        words: The text.
        size: The size of its font, in pixels.
    """
    return size * sum(map(_width, words))


def fitted(words: str, room: float, size: float) -> str:
    """A text, cut with an ellipsis where it is wider than `room` pixels."""
    words = clean(words)
    if width_of(words, size) <= room:
        return words
    kept, used = "", width_of("…", size)
    for character in words:
        used += size * _width(character)
        if used > room:
            break
        kept += character
    # A letter keeps its accents: what joins two characters does not stand last.
    return f"{kept.rstrip(chr(0x200D)).rstrip()}…"


def _clean(words: str) -> Iterator[str]:
    for character in words:
        category = unicodedata.category(character)
        if character.isspace():
            yield " "
        elif category in ("Cc", "Cs") or ord(character) & 0xFFFE == 0xFFFE:
            yield "\ufffd"
        else:
            yield character


def _width(character: str) -> float:
    if unicodedata.combining(character) or character == "\u200d":
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return _WIDTHS.get(character, 0.7 if character.isupper() else 0.64)
