"""Streams that hold few characters, closed streams, and words that are no text."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from duetrail.model import Invoice
from duetrail.stores import Changes, open_store, to_row
from support.nightly import product

# A name that 256 characters do not hold, one beyond 16 bits, and one that Latin 1 holds.
NAME = "山田太郎 𠮷 Müller"

COMMAND = str(Path(sys.executable).with_name("duetrail"))

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run_there(tmp_path: Path) -> Run:
    """Runs the command as a process in a folder whose store knows invoice 1 of a customer."""
    with_one = open_store("sqlite:///duetrail.db", folder=tmp_path, create=True)
    with with_one.transaction():
        row = to_row(Invoice(connection="acme", id="1", number="1", customer_name=NAME))
        with_one.apply(Changes(rows={row.ref: row}))
    with_one.close()

    def run(*words: str | bytes, encoding: str = "utf-8", shell: str = "") -> object:
        command = [COMMAND, "--store", "sqlite:///duetrail.db", *words]
        if shell:
            command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_json_holds_every_name_in_any_encoding(run_there: Run, encoding: str) -> None:
    """What the stream cannot hold is written by JSON's own escapes: the same value."""
    done = run_there("timeline", "1", "--json", encoding=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode(encoding))["customer"] == NAME


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_tables_show_the_number_of_what_cannot_be_shown(run_there: Run, encoding: str) -> None:
    """A table for people is written to its end."""
    done = run_there("timeline", "1", encoding=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u5c71\u7530" in done.stdout


@pytest.mark.parametrize("words", [("timeline", b"\xff"), ("explain", b"\xff", "number")])
def test_bytes_that_are_no_text_are_wrong_usage(run_there: Run, words: tuple[str | bytes]) -> None:
    """A word in another encoding names nothing; it is told without a traceback."""
    done = run_there(*words)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "shell"),
    product(
        [("timeline", "1"), ("timeline", "2"), ("sync",)],
        ["2>&-", ">&-", ">&- 2>&-", "2>/dev/full"],
    ),
)
def test_a_closed_stream_is_no_traceback(run_there: Run, words: tuple[str], shell: str) -> None:
    """A daemon may have closed what nobody reads."""
    done = run_there(*words, shell=shell)
    assert done.returncode in {0, 1, 2}
    assert b"Traceback" not in done.stdout + done.stderr


def test_a_summary_that_nobody_hears(run_there: Run, tmp_path: Path) -> None:
    """A sync whose answer was closed ends as any other, and not with a traceback."""
    lines = ["[connections.stuut]", 'token = "x"', 'base_url = "http://127.0.0.1:1"']
    (tmp_path / "duetrail.toml").write_text("\n".join([*lines, "attempts = 1"]))
    done = run_there("sync", shell=">&-")
    assert (done.returncode, b"stuut.invoices" in done.stderr) == (1, True)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["<&-", "<&- >&-"])
def test_a_plugin_where_nobody_can_be_asked(run_there: Run, shell: str) -> None:
    """A closed input is nobody, and no traceback."""
    done = run_there("new", "acme", shell=shell)
    assert (done.returncode, b"nobody to ask" in done.stderr) == (2, True)


def test_no_name_is_no_invoice(run_there: Run) -> None:
    """An empty word names none, also where invoices have no number."""
    done = run_there("timeline", "")
    assert done.returncode == 2
    assert b"which invoice?" in done.stderr
