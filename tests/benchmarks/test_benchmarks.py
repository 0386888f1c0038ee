"""The benchmarks run; what they find is for people to read, on a quiet machine."""

import subprocess
import sys
from pathlib import Path


def told(script: str, *arguments: str) -> str:
    """What a benchmark prints."""
    command = [sys.executable, Path(__file__).with_name(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


def test_cutting():
    """The cut is measured beside the same page without it."""
    assert "ratio" in told("cutting.py", "1")


def test_keys():
    """Every run with keys is measured, and writes what changed and nothing else."""
    lines = told("keys.py", "200", "300").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert rows[0] == ["keys", "run", "us a key", "ratio", "commits a key", "records", "MiB"]
    assert [row[5] for row in rows[1:6]] == ["200", "200", "0", "2", "2"]
    assert [row[0] for row in rows[6:]] == ["300"] * 5
    page = Path(__file__).parents[2] / "docs" / "speed.md"
    assert lines[0] in page.read_text(encoding="utf-8").splitlines()
