"""What one page of the documentation tells, no other page tells in the same words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# Shorter sentences may well say the same of different things.
_LONG = 60


def _sentences(text: str) -> Iterator[str]:
    """The sentences and table cells of a page, without its programs."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for part in re.split(r"(?<=[.:;])\s+|\n|(?<!\\)\|", prose):
        yield part.strip(" -*.")


def test_no_sentence_stands_on_two_pages() -> None:
    """A long sentence has one page; others link to it."""
    pages: dict[str, set[str]] = defaultdict(set)
    for file in PAGES:
        for sentence in _sentences(file.read_text(encoding="utf-8")):
            if len(sentence) >= _LONG:
                pages[sentence].add(file.name)
    assert {text: names for text, names in pages.items() if len(names) > 1} == {}
