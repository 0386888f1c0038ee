"""Spans: parts of a text, and what is written in their place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

Replaced = tuple[int, int, str]
"""What is replaced in a text: begin, end, and by what."""


class FreeSpans:
    """Gives out spans of a text, none over another."""

    def __init__(self) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []

    def take(self, begin: int, end: int) -> bool:
        """Take a span; whether it was free."""
        at = bisect_right(self._begins, begin)
        if at and self._ends[at - 1] > begin:
            return False
        if at < len(self._begins) and self._begins[at] < end:
            return False
        self._begins.insert(at, begin)
        self._ends.insert(at, end)
        return True


def one_for_all(parts: Sequence[tuple[int, int]], instead: str) -> Iterator[Replaced]:
    """One text in place of several parts: the first is replaced, the others are removed."""
    for number, (begin, end) in enumerate(parts):
        yield begin, end, "" if number else instead


def with_replaced(text: str, spans: Iterable[Replaced]) -> str:
    """The text with these spans replaced; they come in order, none over another."""
    parts, end = [], 0
    for begin, stop, instead in spans:
        parts += [text[end:begin], instead]
        end = stop
    return "".join([*parts, text[end:]])
