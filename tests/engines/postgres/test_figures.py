"""The figures of engines can be measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.engines import REQUIRED, missing

FIGURES = Path(__file__).parents[1] / "figures.py"


def test_the_figures_are_measured() -> None:
    """A row for each engine, with processor time, speed and memory."""
    if not REQUIRED:
        missing("engines are measured in their environments")
    command = [sys.executable, FIGURES, "--invoices", "3", "--rounds", "1", "sqlite", "postgres"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines()[2:]]
    assert [row[2] for row in rows] == ["SQLite", "PostgreSQL"]
    assert all(float(cell.replace(",", "")) > 0 for row in rows for cell in row[3:6])
