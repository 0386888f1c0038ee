"""Texts of third parties as text in HTML: nothing in them is markup, whatever they hold."""

from __future__ import annotations

import re
from html import escape

from duetrail.secrets import redact

# What neither HTML nor XML may hold: control characters, halves of a character, no characters.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """A text as a page can show it: no secret; a sign in place of what no page can hold."""
    text = redact(text).replace("\r\n", "\n").replace("\r", "\n")
    return _IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped(text: str) -> str:
    """A text for the inside of an element or of a quoted attribute."""
    return escape(clean(text))
