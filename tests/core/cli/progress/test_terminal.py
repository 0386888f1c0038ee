"""Progress on a real pseudo-terminal: it shows, keeps to the width, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import copytree

import pytest

from duetrail.testing import Answer, Request
from duetrail_sandbox.server import Sandbox
from support.screen import duetrail

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")

SHOWN = re.compile(r"\d of \d+ \w+ (?:read|mapped|written|done)")


class Held(Sandbox):
    """A sandbox that answers some vendors only once it is let go, so that what shows is seen."""

    def __init__(self, *vendors: str) -> None:
        super().__init__(invoices=40, seed=7)
        self.held = vendors
        self.go = threading.Event()

    def _asked(self, asked: Request) -> Answer:
        if asked.target.startswith(tuple(f"/{vendor}/" for vendor in self.held)):
            assert self.go.wait(60)
        return super()._asked(asked)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Callable[..., Held]]:
    """A sandbox that holds some vendors, with its configuration in `tmp_path`."""
    with ExitStack() as stack:

        def start(*vendors: str) -> Held:
            sandbox = stack.enter_context(Held(*vendors))
            stack.callback(sandbox.go.set)
            (tmp_path / "duetrail.toml").write_text(sandbox.config)
            return sandbox

        yield start


@pytest.fixture
def config(tmp_path: Path, held: Callable[..., Held]) -> Path:
    """The configuration of a sandbox that holds nothing."""
    held()
    return tmp_path / "duetrail.toml"


@pytest.fixture
def stored(synced: Path, tmp_path: Path) -> Path:
    """The configuration of a copy of the synced folder."""
    return copytree(synced, tmp_path / "synced") / "duetrail.toml"


class Gate:
    """What a command is held at once, until it is let go, so that what shows is seen.

    Args:
        folder: A folder for the gate.
        function: What is held, by its module and name, such as `duetrail.exports.tables._step`.

    Attributes:
        code: What Python does to be held there.
    """

    def __init__(self, folder: Path, function: str) -> None:
        self._path = folder / "gate"
        os.mkfifo(self._path)
        module, _, name = function.rpartition(".")
        self.code = (
            f"import {module} as module\n"
            f"held = module.{name}\n"
            "def hold(*given, **named):\n"
            f"    module.{name} = held\n"
            f"    open({str(self._path)!r}).close()\n"
            "    return held(*given, **named)\n"
            f"module.{name} = hold\n"
        )

    def open(self) -> None:
        """Let it go."""
        self._path.write_bytes(b"")


def shows(text: str) -> bool:
    """Whether the display is seen."""
    return SHOWN.search(text) is not None


def test_it_shows_and_cleans_up(held: Callable[..., Held], tmp_path: Path) -> None:
    """While a sync goes on, what it reads is seen; at the end only the summary, with a cursor."""
    sandbox = held("stuut")
    terminal = duetrail(tmp_path / "duetrail.toml", "sync", "stuut", "credira")
    terminal.until(lambda text: "of 4 resources read" in text and "stuut.invoices" in text)
    assert not terminal.screen.has_cursor
    sandbox.go.set()
    assert terminal.end() == 0
    assert not shows(terminal.screen.text)
    assert terminal.screen.lines[0].startswith("resource ")
    assert terminal.screen.has_cursor


def test_it_keeps_to_the_width(held: Callable[..., Held], tmp_path: Path) -> None:
    """On a narrow terminal no line is broken: lines are cut."""
    sandbox = held("stuut")
    how = {"columns": 34, "rows": 8}
    terminal = duetrail(tmp_path / "duetrail.toml", "sync", "stuut", "--json", **how)
    terminal.until(lambda text: "resourc" in text)
    widest = terminal.screen.widest
    sandbox.go.set()
    terminal.end()
    assert 0 < widest <= 34


def test_an_interrupt_leaves_a_clean_line(held: Callable[..., Held], tmp_path: Path) -> None:
    """Ctrl-C takes the progress away, shows the cursor, and prints the summary so far."""
    sandbox = held("credira")
    words = ("sync", "stuut", "credira", "--workers", "1")
    terminal = duetrail(tmp_path / "duetrail.toml", *words)
    terminal.until(lambda text: "credira.calls" in text)
    terminal.type(b"\x03")
    sandbox.go.set()
    assert terminal.end() == 130
    assert not shows(terminal.screen.text)
    assert "Interrupted: what stands below is kept" in terminal.screen.text
    assert terminal.screen.has_cursor


@pytest.mark.parametrize(("env", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color(
    held: Callable[..., Held], tmp_path: Path, env: dict[str, str], is_coloured: bool
) -> None:
    """NO_COLOR is respected; the display stays."""
    sandbox = held("stuut")
    terminal = duetrail(tmp_path / "duetrail.toml", "sync", "stuut", **env)
    terminal.until(shows)
    sandbox.go.set()
    terminal.end()
    assert (b"\x1b[36m" in terminal.raw) is is_coloured


def test_a_terminal_that_writes_no_line_anew(config: Path) -> None:
    """A dumb terminal gets no display, and no control sequence."""
    terminal = duetrail(config, "sync", "stuut", TERM="dumb")
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw


def test_quiet_shows_nothing(config: Path) -> None:
    """With -q there is no display, on a terminal either."""
    terminal = duetrail(config, "sync", "stuut", "-q")
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw


def test_lines_for_requests_stay(config: Path) -> None:
    """With -v each request has a line above the display, which stays."""
    terminal = duetrail(config, "sync", "stuut", "-v", columns=200)
    assert terminal.end() == 0
    text = terminal.screen.text
    assert not shows(text)
    lines = [line for line in text.splitlines() if line.startswith("stuut.invoices: GET http")]
    assert all(line.endswith(" ms") for line in lines)
    assert len(lines) >= 2


def test_windows_are_told_above_it(held: Callable[..., Held], tmp_path: Path) -> None:
    """What a window of a backfill left out is told above the display, which goes on."""
    words = ("sync", "yeti", "--window", "2026-Q1", "--step", "month")
    sandbox = held("yeti")
    terminal = duetrail(tmp_path / "duetrail.toml", *words, "--select", "cdrs")
    terminal.until(shows)
    sandbox.go.set()
    assert terminal.end() == 0
    text = terminal.screen.text
    assert "2026-01-01 to 2026-02-01:" in text
    assert "2026-03-01 to 2026-04-01:" in text
    assert not shows(text)


HELD = {
    "remap": ("duetrail.pipeline.remap.map_page", "resources mapped, 0 of 12 pages"),
    "export": ("duetrail.exports.tables._step", "tables written, 0 rows"),
    "erase": ("duetrail.privacy.erasure._verify", "steps done"),
    "history": ("duetrail.pipeline.history._follow", "tables read, 0 records"),
}
COMMANDS = {
    "remap": ("remap",),
    "export": ("export", "--to", "csv:{folder}"),
    "erase": ("erase", "--contact", "pat@acme.example"),
    "history": ("history", "build"),
}


def words_of(command: str, folder: Path) -> list[str]:
    """The words of a command that writes nowhere but to a folder."""
    return [word.format(folder=folder / "out") for word in COMMANDS[command]]


@pytest.mark.parametrize("command", HELD)
def test_other_commands_show_how_far_they_are(stored: Path, tmp_path: Path, command: str) -> None:
    """While the store is busy, that is seen; at the end only the answer, with a cursor."""
    function, told = HELD[command]
    gate = Gate(tmp_path, function)
    terminal = duetrail(stored, *words_of(command, tmp_path), before=gate.code)
    terminal.until(lambda text: told in text)
    assert not terminal.screen.has_cursor
    gate.open()
    assert terminal.end() == 0
    assert not shows(terminal.screen.text)
    assert terminal.screen.has_cursor


@pytest.mark.parametrize("command", HELD)
def test_other_commands_are_interrupted(stored: Path, tmp_path: Path, command: str) -> None:
    """Ctrl-C takes the display away, and shows the cursor."""
    gate = Gate(tmp_path, HELD[command][0])
    terminal = duetrail(stored, *words_of(command, tmp_path), before=gate.code)
    terminal.until(shows)
    terminal.type(b"\x03")
    assert terminal.end() == 130
    assert not shows(terminal.screen.text)
    assert terminal.screen.has_cursor


@pytest.mark.parametrize("command", HELD)
def test_other_commands_are_quiet(stored: Path, tmp_path: Path, command: str) -> None:
    """With -q there is no display."""
    terminal = duetrail(stored, *words_of(command, tmp_path), "-q")
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw


def test_rows_go_where_stdout_goes(stored: Path, tmp_path: Path) -> None:
    """Where rows are written to a file, the terminal shows how far they are, and has none."""
    gate, rows = Gate(tmp_path, HELD["export"][0]), tmp_path / "rows"
    to_file = f"import os\nos.dup2(os.open({str(rows)!r}, os.O_WRONLY | os.O_CREAT, 0o600), 1)"
    to_stdout = ("export", "--to", "jsonl:-")
    terminal = duetrail(stored, *to_stdout, before=f"{gate.code}\n{to_file}")
    terminal.until(shows)
    gate.open()
    assert terminal.end() == 0
    lines = rows.read_text().splitlines()
    assert list(json.loads(lines[-1])) == ["cursor"]
    assert {json.loads(line)["table"] for line in lines[:-1]} >= {"invoices", "links"}
    assert not terminal.screen.text.strip()


def test_rows_on_a_terminal_stand_alone(stored: Path) -> None:
    """Where rows go by on the terminal, they show how far it is."""
    terminal = duetrail(stored, "export", "--to", "jsonl:-")
    assert terminal.end() == 0
    assert b"\x1b" not in terminal.raw
