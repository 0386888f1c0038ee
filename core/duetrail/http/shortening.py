"""Texts of messages made short, so that what happened is still told.

Messages begin with an address or an id, which may be of any length; the reason stands behind it.
So what has no blank in it, such as a URL, loses its middle before the text loses its end.
"""

from __future__ import annotations

import re

GAP = "…"
"""What stands for a middle that was left out."""

# Of the characters there is room for, so many parts go to one address at most.
_PARTS = 4


def shortened(text: str, longest: int) -> str:
    """A text of at most so many characters.

    Args:
        text: Without secrets: half of one would not be known again.
        longest: How many characters there is room for.
    """
    if len(text) <= longest:
        return text
    most = max(longest // _PARTS, len(GAP) + 2)
    return re.sub(r"\S+", lambda run: _without_middle(run[0], most), text)[:longest]


def _without_middle(run: str, longest: int) -> str:
    """The beginning and the end of a run of characters; the end of a URL says least."""
    if len(run) <= longest:
        return run
    end = (longest - len(GAP)) // 3
    return run[: longest - len(GAP) - end] + GAP + run[-end:]
