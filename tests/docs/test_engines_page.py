"""docs/engines.md: the table of the simulation, and what the simulation may never do.

Its examples are run by `tests/engines`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


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
