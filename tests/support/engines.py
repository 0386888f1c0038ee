"""What tests of engines need and not every machine has: a library, a program, a server.

Where it is missing the tests that need it are skipped, and say why. Under `.ci/engines`, which sets
`DUETRAIL_ENGINES=1`, everything is there: what is missing fails them instead.
"""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import Any

import pytest

REQUIRED = os.environ.get("DUETRAIL_ENGINES") == "1"
"""Whether nothing may be missing."""


def engine(module: str) -> Any:
    """A module of an engine, for the top of a test file: without it no test there is collected.

    Args:
        module: Such as `dask.bag`.
    """
    if REQUIRED:
        return importlib.import_module(module)
    return pytest.importorskip(module, reason=f"{module} is not installed here: .ci/engines has it")


def missing(what: str) -> None:
    """Skip the test, or the fixture, that needs something which is not there.

    Args:
        what: Such as `there is no PostgreSQL server`.
    """
    if REQUIRED:
        pytest.fail(f"{what}, and .ci/engines has to have it", pytrace=False)
    pytest.skip(f"{what}; .ci/engines has it", allow_module_level=True)


def example(section: str, language: str = "python") -> str:
    """The Python, or the shell, that a section of docs/engines.md shows, as one program.

    Args:
        section: Its heading.
        language: `python` or `sh`.
    """
    page = Path(__file__).parents[2] / "docs" / "engines.md"
    (_, part) = page.read_text().split(f"\n## {section}\n")
    of_language = rf"^```{language}\n(.*?)^```$"
    blocks = re.findall(of_language, part.split("\n## ")[0], re.DOTALL | re.MULTILINE)
    assert blocks, f"no example of {section}"
    return "\n".join(blocks)


def tools(name: str) -> Path:
    """The folder of programs of an environment that `tests/engines/ENGINE/NAME.lock` pins."""
    folder = Path(os.environ.get("DUETRAIL_ENGINE_TOOLS", ".")) / name / "bin"
    if not folder.is_dir():
        missing(f"there is no environment {name!r}")
    return folder


def npm(program: str) -> Path:
    """A program of a package that `tests/engines/ENGINE/npm` names."""
    found = Path(os.environ.get("DUETRAIL_ENGINE_TOOLS", ".")) / "node_modules/.bin" / program
    if not found.exists():
        missing(f"there is no program {program!r} of npm")
    return found
