"""What the tests with mutants share: the mutants, what the page says of them, and trying one.

`DUETRAIL_WRITE_DOCS=1 python -m pytest tests/mutants` tries all of them and writes what came of it
to docs/mutants.md. The nightly run tries all as well, and each must come to what the page says; a
push tries a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.mutants import THEMES, VENDORS, verdict
from support.mutants import mutants as every_mutant
from support.mutants_page import Table
from support.nightly import at_push

WRITES = os.environ.get("DUETRAIL_WRITE_DOCS") == "1"
ALL = list(every_mutant())

# A push tries so many, the same ones every time.
SOME, SEED = 2, 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks for one mutant gets each, one after the other."""
    if "mutant" in metafunc.fixturenames:
        cases = [] if WRITES else at_push(ALL, *random.Random(SEED).sample(ALL, SOME))
        metafunc.parametrize("mutant", cases, ids=[one.name for one in ALL][: len(cases)])


@pytest.fixture
def mutants() -> list[Any]:
    """Every mutant."""
    return ALL


@pytest.fixture
def sound() -> dict[str, str]:
    """Each vendor's plugin without a mistake."""
    vendors = sorted(set(THEMES.values()))
    return {one: (VENDORS / f"{one}.py").read_text(encoding="utf-8") for one in vendors}


@pytest.fixture
def tried(tmp_path: Path) -> Callable[..., Any]:
    """Tries the suite on a text of a plugin, in a folder of its own."""

    def one(text: str, name: str, vendor: str, *, is_installed: bool) -> Any:
        folder = tmp_path / name.replace("/", " ")
        folder.mkdir()
        return verdict(text, folder, vendor=vendor, is_installed=is_installed)

    return one


@pytest.fixture
def table() -> Any:
    """The table on the page."""
    return Table()
