"""A store that a report is written of, and the page as its tests read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from duetrail import Project
from duetrail.model import Link, Record
from duetrail.stores import open_store
from duetrail_report import render_report
from duetrail_report.packing import unpack
from support.books import ON, fill


@define
class Page(HTMLParser):
    """A page as a browser would read it.

    Attributes:
        html: The page.
        elements: Each element with its attributes.
        texts: The texts between them.
        numbers: Each number with the value it shows, and where it says that it is from.
        blocks: What is compressed in it, by its number.
    """

    html: str
    elements: list[tuple[str, dict[str, str | None]]] = field(factory=list)
    texts: list[str] = field(factory=list)
    numbers: list[tuple[str, dict[str, Any]]] = field(factory=list)
    blocks: dict[int, list[str]] = field(factory=dict)
    _block: str | None = None
    _is_code: bool = False

    def __attrs_post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag == "data" and "data-from" in found:
            self.numbers.append((found["value"] or "", json.loads(found["data-from"] or "")))
        is_packed = tag == "script" and (found.get("id") or "").startswith("block-")
        self._block = found["id"] if is_packed else None
        self._is_code = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._is_code = False

    def handle_data(self, data: str) -> None:
        if self._block:
            self.blocks[int(self._block.removeprefix("block-"))] = unpack(data)
            self._block = None
        elif not self._is_code:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """Its text, blanks made even."""
        return " ".join(" ".join(self.texts).split())

    @property
    def packed(self) -> str:
        """All that is compressed in it."""
        return "\n".join(part for _, parts in sorted(self.blocks.items()) for part in parts)

    def attributes(self, tag: str) -> Iterator[dict[str, str | None]]:
        """The attributes of each element of a kind."""
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project over an empty store."""
    url = f"sqlite:///{tmp_path}/s.db"
    open_store(url, create=True).close()
    with Project(None, url) as one:
        yield one


@pytest.fixture
def keep(project: Project) -> Callable[..., None]:
    """Puts records and links into the store."""

    def put(*records: Record, links: Iterable[Link] = ()) -> None:
        fill(project.bare_store, *records, links=links)

    return put


@pytest.fixture
def page(project: Project) -> Callable[..., Page]:
    """The report of the store."""
    return lambda on=ON, **options: Page(render_report(project, on, **options))
