"""docs/reliability.md is about what is tested here."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    os.environ.get("DUETRAIL_WRITE_DOCS") == "1", reason="the page is being written"
)


@pytest.fixture
def text(page_file):
    return page_file.read_text(encoding="utf-8")


def test_the_page_has_every_fault_at_every_vendor(page, fault_names, titles):
    """No fault and no vendor is left out, and no cell is empty."""
    cells = {(n, t): page.on_page("faults", n, t) for n in fault_names for t in titles.values()}
    assert [place for place, words in cells.items() if not words] == []


def test_the_page_has_every_bad_value_at_every_vendor(page, bad_values, titles):
    """Each bad value was tried at each vendor, and the sums are those of the rows."""
    for title in titles.values():
        cells = [page.on_page("inputs", name, title) for name in bad_values]
        assert all(cells)
        assert page.on_page("inputs", "all of them", title) == page.added(cells)


def test_the_page_has_nothing_that_was_lost(page, titles):
    """No item vanished, and nothing fell over."""
    for title in titles.values():
        assert "0 lost, 0 tracebacks" in page.on_page("inputs", "all of them", title)


def test_the_page_has_every_kill_at_every_vendor(page, kill_points, titles):
    """Each way to be killed was tried at each vendor, more than once."""
    cells = [page.on_page("kills", row, title) for row in kill_points for title in titles.values()]
    assert all(int(words) > 1 for words in cells)


def test_the_page_tells_the_numbers(page, totals, stores):
    """What is counted stands on the page; what must be nothing is nothing."""
    for store in stores:
        numbers = {name: page.on_page("totals", name, store) for name in totals}
        assert all(numbers.values())
        never = [name for name in totals if re.search("lost|over the|found", name)]
        assert {name: numbers[name] for name in never} == dict.fromkeys(never, "0")


def test_the_page_names_the_company(text, company):
    """Size and seed of the company are those that are used."""
    invoices, seed = company
    assert f"a company of {invoices} invoices (seed {seed})" in text


def test_every_test_on_the_page_exists(text):
    """A test that is named is there."""
    code = "".join(file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", text)
    assert named
    assert [name for name in named if f"def {name}(" not in code] == []
