"""docs/examples/processes.py: a sync that reads in several processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from duetrail.pipeline import digest
from duetrail.project import Project

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "processes.py"


def test_four_processes_give_what_one_gives(served: Path, tmp_path: Path) -> None:
    """The store has the digest of a sync in one process."""
    file = tmp_path / "duetrail.toml"
    file.write_text((served / "duetrail.toml").read_text())
    command = [sys.executable, str(EXAMPLE), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "'invoices': " in done.stdout
    with Project(served / "duetrail.toml") as one, Project(file) as four:
        assert digest(four.store) == digest(one.store)


def test_it_is_as_short_as_is_said() -> None:
    """Thirty lines."""
    assert len(EXAMPLE.read_text().splitlines()) <= 30
