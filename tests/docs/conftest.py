"""What the tests of the documentation share: pages to read, and text that is written by a test."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import frozen

from duetrail import api
from duetrail.config import read_config

DOCS = Path(__file__).parents[2] / "docs"


@frozen
class Page:
    """A page of the documentation, or a part of one."""

    text: str

    def section(self, heading: str) -> Page:
        """What stands below a heading, down to the next one of its level or above."""
        found = re.search(rf"^(#+) {re.escape(heading)}\n", self.text, re.MULTILINE)
        assert found is not None, f"there is no heading {heading!r}"
        below = self.text[found.end() :]
        level = len(found[1])
        return Page(re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0])

    def rows(self) -> list[list[str]]:
        """The rows of the tables, cell by cell, without headings."""
        lines = self.text.splitlines()
        ruled = [
            line
            for above, line in zip(["", *lines], lines, strict=False)
            if line.startswith("|") and not line.startswith("|--") and above.startswith("|")
        ]
        return [_cells(line) for line in ruled]

    def fences(self, language: str) -> list[str]:
        """The fenced blocks of a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)


def _cells(line: str) -> list[str]:
    inner = re.split(r"(?<!\\)\|", line)[1:-1]
    return [cell.strip().replace("\\|", "|") for cell in inner]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of their own."""
    monkeypatch.delenv("DUETRAIL_CONFIG", raising=False)
    monkeypatch.delenv("DUETRAIL_PLUGINS", raising=False)


@pytest.fixture
def page() -> Callable[[str], Page]:
    """A page by its name below docs."""
    return lambda name: Page((DOCS / name).read_text(encoding="utf-8"))


@pytest.fixture
def generated() -> Callable[[str, str, str], None]:
    """Compares a generated part of a page with what the code says now.

    With DUETRAIL_WRITE_DOCS=1 in the environment the part is written instead.
    """

    def compare(name: str, part: str, text: str) -> None:
        file = DOCS / name
        begin, end = f"<!-- generated: {part} -->\n", "<!-- end -->\n"
        before, found, rest = file.read_text(encoding="utf-8").partition(begin)
        assert found, f"docs/{name} has no place for {part}"
        old, _, after = rest.partition(end)
        if os.environ.get("DUETRAIL_WRITE_DOCS") == "1":
            file.write_text(before + begin + text + end + after, encoding="utf-8")
        else:
            assert old == text, f"docs/{name} is out of date: test with DUETRAIL_WRITE_DOCS=1"

    return compare


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the configuration of a sandbox that is up, and a store synced from it."""
    from duetrail_sandbox.server import Sandbox

    folder = tmp_path_factory.mktemp("served")
    file = folder / "duetrail.toml"
    with Sandbox(invoices=60, seed=7) as sandbox:
        file.write_text(sandbox.config, encoding="utf-8")
        api.sync(config=read_config(file))
        yield folder
