"""Nothing in the documentation leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / ".github" / "CONTRIBUTING.md",
        *DOCS.rglob("*.md"),
        *ROOT.glob("plugins/*/README.md"),
    ]
)


def _links(text: str) -> list[tuple[str, str]]:
    """The relative links of a page: file (empty for the page itself) and anchor."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", prose)


def _anchors(file: Path) -> set[str]:
    """What the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(file: Path) -> None:
    """Every relative link names a file that is there, and a heading in it."""
    for target, anchor in _links(file.read_text(encoding="utf-8")):
        there = (file.parent / target) if target else file
        assert there.exists(), target
        if anchor:
            assert anchor in _anchors(there), f"{target}#{anchor}"


def test_every_page_is_in_the_index() -> None:
    """Who opens docs/README.md finds all pages from there."""
    index = DOCS / "README.md"
    linked = {(DOCS / target).resolve() for target, _ in _links(index.read_text(encoding="utf-8"))}
    pages = {*DOCS.glob("*.md"), *DOCS.glob("vendors/*.md")} - {index}
    assert [page.name for page in pages if page.resolve() not in linked] == []


def test_the_way_in_is_seven_files_of_the_code() -> None:
    """The reading order for engineers leads through seven modules, each with a reason."""
    text = (DOCS / "README.md").read_text(encoding="utf-8").partition("## A way in")[2]
    steps = re.findall(r"^\d\. \[`[\w/.]+`\]\((\.\./[\w/.]+\.py)\): \w.*\.$", text, re.MULTILINE)
    assert len(steps) == len(set(steps)) == 7
