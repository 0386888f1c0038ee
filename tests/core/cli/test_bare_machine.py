"""Machines that lack what others have: folders for temporary files, a home, an ordinary path."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# As on a container whose file system is read only: `tempfile` finds nowhere to write.
NO_TEMPORARY_FOLDER = (
    "import sys, tempfile; tempfile._candidate_tempdir_list = lambda: []; "
    "from duetrail.cli import main; main(sys.argv[1:])"
)


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    return subprocess.run(
        [sys.executable, "-c", NO_TEMPORARY_FOLDER, *words],
        cwd=folder,
        env={**known, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["plain", "with blanks and ümlauts"])
def test_a_sync_needs_neither_home_nor_temporary_folder(tmp_path: Path, name: str) -> None:
    """The demo, a whole sync and a timeline, runs with nothing but a folder for its store."""
    folder = tmp_path / name
    folder.mkdir()
    done = run(folder, "demo", "--invoices", "3")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert run(folder, "--store", "sqlite:///duetrail-demo.db", "status").returncode == 0


def test_a_home_that_is_nowhere_changes_nothing(tmp_path: Path) -> None:
    """A user of a container has a home that nobody made."""
    assert run(tmp_path, "demo", "--invoices", "3", HOME="/nowhere").returncode == 0


def test_what_needs_a_temporary_folder_says_so(tmp_path: Path) -> None:
    """Making a plugin renders its template in one."""
    done = run(tmp_path, "new", "acme", "--defaults")
    assert done.returncode == 1
    assert "No usable temporary directory" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null here")
def test_a_device_is_no_store(tmp_path: Path) -> None:
    """/dev/null is neither opened as a database nor made private."""
    before = Path("/dev/null").stat().st_mode
    done = run(tmp_path, "--store", "sqlite:////dev/null", "status")
    assert (done.returncode, Path("/dev/null").stat().st_mode) == (1, before)
    assert "it is no ordinary file" in done.stderr
