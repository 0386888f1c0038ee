"""The code keeps to its own rules: lint, format and types are part of the tests."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("plugins/*/duetrail_*"))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_linter_finds_nothing() -> None:
    """Ruff's rules in pyproject.toml hold everywhere."""
    result = _run("ruff", "check", ".")
    assert result.returncode == 0, result.stdout


def test_the_format_is_ruffs() -> None:
    """Nobody argues about format."""
    result = _run("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout


@pytest.mark.timeout(600)
def test_types_are_strict() -> None:
    """Core and plugins pass mypy --strict."""
    result = _run("mypy", "core/duetrail", *PLUGINS)
    assert result.returncode == 0, result.stdout


def test_a_tests_name_says_its_claim() -> None:
    """It has two words at least."""
    files = (ROOT / "tests").rglob("test_*.py")
    named = {file.name: re.findall(r"def (test_[a-z]+)\(", file.read_text()) for file in files}
    assert {file: names for file, names in named.items() if names} == {}
