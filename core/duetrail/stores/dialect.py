"""SQL that SQLite says in its own way; all other SQL of the store is standard.

A store in another database says this in its words, and spells bound values as its driver does.
"""

from __future__ import annotations

EACH = "(SELECT value FROM json_each(?))"
"""A list of values of any length, bound as one JSON array (`json_list`)."""

EACH_PAIR = "(SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))"

BY_ITEM = "INDEXED BY rejects_by_item"
"""A hint: without it SQLite reads all rejects of a resource rather than those of some items."""

KEY = (
    """CASE WHEN o.within LIKE '"%' AND json_valid(o.within) """
    "THEN json_extract(o.within, '$') ELSE o.within END"
)
"""The key that an observation `o` was asked with, read from the line that `as_line` made of it."""


def listed(name: str, width: int = 1) -> str:
    """The rows of a list that is bound by name, as JSON.

    Args:
        name: What it is bound as.
        width: How many columns it has.
    """
    if width == 1:
        return f"(SELECT value FROM json_each(:{name}))"
    columns = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(width))
    return f"(SELECT {columns} FROM json_each(:{name}))"


def line(number: int) -> str:
    """A line of the `within` of an observation `o`, the first being 0."""
    rest = "o.within"
    for _ in range(number):
        rest = f"substr({rest}, instr({rest}, char(10)) + 1)"
    return f"substr({rest}, 1, instr({rest} || char(10), char(10)) - 1)"
