"""Elements of SVG and HTML, built as a tree: what a vendor wrote can only ever become text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element, tostring

from markupsafe import Markup

Attribute = str | int | float | None
"""The value of an attribute; None leaves it out."""

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


def el(tag: str, *children: Element | str, **attributes: Attribute) -> Element:
    """An element.

    Args:
        tag: Its name.
        children: What is in it; a text is escaped, and cleaned of characters that XML forbids.
        attributes: Its attributes: `class_` is `class`, `text_anchor` is `text-anchor`. Numbers
            are rounded to hundredths.
    """
    node = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            node.set(name.rstrip("_").replace("_", "-"), _written(value))
    for child in children:
        if isinstance(child, Element):
            node.append(child)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + clean(child)
        else:
            node.text = (node.text or "") + clean(child)
    return node


def text(
    words: str, x: float, y: float, anchor: str = "start", kind: str = "label", full: str = ""
) -> Element:
    """A line of text.

    Args:
        words: The text.
        x: Where it starts, ends or has its middle, by `anchor`.
        y: Its baseline.
        anchor: `start`, `middle` or `end`.
        kind: The end of its class: `label`, `name`, `tick`, `strong`.
        full: The whole text, where `words` is cut; shown by a pointer that rests on it.
    """
    more = [el("title", full)] if full and full != words else []
    return el("text", *more, words, x=x, y=y, text_anchor=anchor, class_=f"chart-{kind}")


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


def to_markup(node: Element) -> Markup:
    """An element as markup that is good as HTML and as XML."""
    return Markup(tostring(node, encoding="unicode", short_empty_elements=False))


def _written(value: str | int | float) -> str:
    if isinstance(value, float):
        rounded = f"{value:.2f}".rstrip("0").rstrip(".")
        return "0" if rounded == "-0" else rounded
    return clean(value) if isinstance(value, str) else str(value)


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
