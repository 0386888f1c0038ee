"""Commands that only read work where nothing can be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from duetrail.stores import open_store

# In a namespace of its own the folder is mounted so that nobody, not even root, can write to it.
SEALED = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && exec "$@"'
UNSHARE = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--mount", "-r")

Outcome = tuple[int, str, str]


@pytest.fixture(scope="module")
def folder(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synced folder of our own."""
    place = tmp_path_factory.mktemp("sealed")
    for name in ("duetrail.toml", "duetrail.db"):
        shutil.copy(synced / name, place)
    return place


@pytest.fixture(scope="module")
def ask(folder: Path) -> Callable[..., Outcome]:
    """A command, where the folder can be written, or where it cannot."""
    trial = [*UNSHARE, "sh", "-c", SEALED, str(folder), "true"]
    if not shutil.which("unshare") or subprocess.run(trial, check=False).returncode:
        pytest.skip("nobody may mount anything here")

    def command(*arguments: str, sealed: bool) -> Outcome:
        code = "from duetrail.cli import main; main()"
        wrapper = [*UNSHARE, "sh", "-c", SEALED, str(folder)] if sealed else []
        done = subprocess.run(
            [*wrapper, sys.executable, "-c", code, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return command


def _some(folder: Path) -> tuple[str, str]:
    store = open_store("sqlite:///duetrail.db", folder=folder)
    (row,) = store.select("SELECT id, number FROM invoices WHERE total IS NOT NULL LIMIT 1")
    store.close()
    return row["id"], row["number"]


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--digest", "--checks"),
        ("timeline", "{number}"),
        ("explain", "stuut:invoices:{id}", "total"),
        ("drift",),
        ("rejects", "list"),
    ],
    ids=lambda words: words[0],
)
def test_readers_work_on_a_read_only_file_system(
    folder: Path, ask: Callable[..., Outcome], words: tuple[str, ...]
) -> None:
    """On a file system that is read-only each says what it says elsewhere, and leaves nothing."""
    id, number = _some(folder)
    command = [word.format(id=id, number=number) for word in words]
    before = sorted(folder.iterdir())
    wanted = ask(*command, sealed=False)
    assert wanted[0] in {0, 3}, wanted
    assert ask(*command, sealed=True) == wanted
    assert sorted(folder.iterdir()) == before


def test_writers_say_why_they_cannot(folder: Path, ask: Callable[..., Outcome]) -> None:
    """Whoever has to write says why it cannot, in words."""
    erase = ("erase", "--contact", "ann@acme.example")
    for command in (("sync", "stuut"), erase, ("remap", "stuut")):
        code, _, err = ask(*command, sealed=True)
        assert (code, command) == (1, command), err
        assert err.startswith("Error: the store ")
        assert "you may write there" in err
        assert "Traceback" not in err
