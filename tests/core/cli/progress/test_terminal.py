"""Progress on a real pseudo-terminal: it shows, keeps to the width, and leaves nothing behind."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.screen import duetrail

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")

SHOWN = re.compile(r"\d of \d+ resources? read")


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A configuration for a sandbox that takes its time."""
    from duetrail_sandbox.server import Sandbox

    with Sandbox(invoices=40, seed=7, latency_ms=40) as sandbox:
        file = tmp_path / "duetrail.toml"
        file.write_text(sandbox.config)
        yield file


def test_it_shows_and_cleans_up(config: Path) -> None:
    """While a sync goes on, what it reads is seen; at the end only the summary, with a cursor."""
    terminal = duetrail(config, "sync", "stuut", "credira")
    terminal.until(lambda text: "of 4 resources read" in text and "stuut.invoices" in text)
    assert not terminal.screen.has_cursor
    assert terminal.end() == 0
    assert not SHOWN.search(terminal.screen.text)
    assert terminal.screen.lines[0].startswith("resource ")
    assert terminal.screen.has_cursor


def test_it_keeps_to_the_width(config: Path) -> None:
    """On a narrow terminal no line is broken: lines are cut."""
    terminal = duetrail(config, "sync", "stuut", "--json", columns=34, rows=8)
    terminal.until(lambda text: "resourc" in text)
    widest = terminal.screen.widest
    terminal.end()
    assert widest <= 34


def test_an_interrupt_leaves_a_clean_line(config: Path) -> None:
    """Ctrl-C takes the progress away, shows the cursor, and prints the summary so far."""
    terminal = duetrail(config, "sync", "stuut", "credira", "--workers", "1")
    terminal.until(lambda text: "credira.calls" in text)
    terminal.type(b"\x03")
    assert terminal.end() == 130
    assert not SHOWN.search(terminal.screen.text)
    assert "Interrupted: what stands below is kept" in terminal.screen.text
    assert terminal.screen.has_cursor


@pytest.mark.parametrize(("env", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color(config: Path, env: dict[str, str], is_coloured: bool) -> None:
    """NO_COLOR is respected; the display stays."""
    terminal = duetrail(config, "sync", "stuut", "--select", "invoices", **env)
    terminal.end()
    assert SHOWN.search(terminal.raw.decode())
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
    assert not SHOWN.search(text)
    lines = [line for line in text.splitlines() if line.startswith("stuut.invoices: GET http")]
    assert all(line.endswith(" ms") for line in lines)
    assert len(lines) >= 2


def test_windows_are_told_above_it(config: Path) -> None:
    """What a window of a backfill left out is told above the display, which goes on."""
    words = ("sync", "yeti", "--window", "2026-Q1", "--step", "month")
    terminal = duetrail(config, *words, "--select", "cdrs")
    assert terminal.end() == 0
    text = terminal.screen.text
    assert "2026-01-01 to 2026-02-01:" in text
    assert "2026-03-01 to 2026-04-01:" in text
    assert not SHOWN.search(text)
    assert SHOWN.search(terminal.raw.decode())
