"""docs/engines.md: its tables are true, and what its simulation may never do.

Its examples are run by `tests/engines`.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def billion() -> Any:
    spec = importlib.util.spec_from_file_location("billion", DOCS / "examples" / "billion.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["billion"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["billion"]


def test_the_table_is_what_the_simulation_says(
    billion: Any, generated: Callable[[str, str, str], None]
) -> None:
    """Each case, with the same seed."""
    generated("engines.md", "a billion", billion.table())


@pytest.mark.parametrize("readers", [1, 7, 40, 300])
def test_the_simulation_keeps_to_the_limit_and_leaves_nothing_out(
    billion: Any, readers: int
) -> None:
    """However many readers there are, and however many of them are lost."""
    case = billion.Case("any", 3_000_000, 10, 20, readers, job=1_000)
    for seed in range(5):
        came = billion.simulate(case, seed)
        assert came.requests - came.again == 300_000
        assert came.again >= 0
        assert came.rate <= case.limit
        assert came.hours >= 300_000 / case.limit / 3600


def test_every_digest_is_compared_by_a_test_that_exists(page: Callable[[str], Any]) -> None:
    """Each row names a test; it reads a target back and compares its digest with another."""
    rows = page("engines.md").section("One digest").rows()
    assert len(rows) > 8
    for *_, link in rows:
        found = re.fullmatch(r"\[`(\w+)`\]\(\.\./(.+)\)", link)
        assert found, link
        code = (ROOT / found[2]).read_text(encoding="utf-8")
        test = re.split(r"\n(?=def |@|class )", code.partition(f"def {found[1]}(")[2])[0]
        assert re.search(r"assert [^\n]*digest|_digest\(", test), link


def test_every_engine_that_can_be_measured_was(page: Callable[[str], Any]) -> None:
    """The figures have a row for each engine, with numbers in it."""
    code = (ROOT / "tests" / "engines" / "figures.py").read_text(encoding="utf-8")
    titles = re.findall(r': Engine\("(.+?)", "\w+", "(.+?)"\)', code)
    rows = page("engines.md").section("Figures").rows()
    assert titles
    assert [(engine, target) for engine, target, *_ in rows] == titles
    assert all(float(cell.replace(",", "")) > 0 for row in rows for cell in row[2:])
