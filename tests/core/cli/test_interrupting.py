"""Ctrl-C and the other signals: what is told, and with which exit code."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from duetrail_sandbox.server import Sandbox
from support.measuring import unmeasured
from support.nightly import first

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")

Begun = Callable[[], bool]
"""Whether a command has begun to read."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that takes its time."""
    with Sandbox(invoices=200, seed=7, latency_ms=150) as sandbox:
        yield sandbox


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A configuration for it."""
    file = tmp_path / "duetrail.toml"
    file.write_text(sandbox.config)
    return file


def interrupted(
    config: Path,
    *arguments: str,
    by: int = signal.SIGINT,
    wrapper: tuple[str, ...] = (),
    begun: Begun | None = None,
) -> tuple[int, str, str]:
    """How a command ends that is interrupted while it reads."""
    running = started(config, *arguments, wrapper=wrapper, begun=begun)
    os.kill(_child_of(running.pid) if wrapper else running.pid, by)
    out, err = running.communicate(timeout=30)
    return running.returncode, out, err


def started(
    config: Path,
    *arguments: str,
    wrapper: tuple[str, ...] = (),
    before: Callable[[], object] | None = None,
    begun: Begun | None = None,
) -> subprocess.Popen[str]:
    """A command that has begun to read; `begun` says whether it has, if it is no sync."""
    code = "from duetrail.cli import main; main()"
    running = subprocess.Popen(
        [*wrapper, sys.executable, "-c", code, "--config", str(config), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=unmeasured(),
        preexec_fn=before,
    )
    _wait(running, begun or (lambda: _has_pages(config.with_name("duetrail.db"))))
    return running


def _wait(running: subprocess.Popen[Any], begun: Begun) -> None:
    while not begun():
        assert running.poll() is None, running.stderr and running.stderr.read()
        time.sleep(0.02)


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _has_pages(store: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
            # Of two the first was counted, wherever the signal strikes.
            return bool(db.execute("SELECT count(*) > 1 FROM pages").fetchone()[0])
    except sqlite3.Error:  # not there yet
        return False


def test_a_machine_gets_the_summary_so_far(config: Path) -> None:
    """A machine gets the summary so far, marked, and the shell's exit code for it."""
    code, out, err = interrupted(config, "sync", "stuut", "--workers", "1", "--json")
    summary = json.loads(out)
    assert (code, err) == (130, "")
    assert (summary["state"], summary["exit_code"]) == ("interrupted", 130)
    states = {one["resource"]: one["state"] for one in summary["resources"]}
    assert "incomplete" in states.values()
    assert sum(one["items"] for one in summary["resources"]) > 0


@pytest.mark.parametrize(("by", "wanted"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_other_signals(config: Path, by: int, wanted: int) -> None:
    """An end that is asked for, or a terminal that goes away, is answered as Ctrl-C is."""
    code, out, err = interrupted(config, "sync", "stuut", "--workers", "1", "--json", by=by)
    summary = json.loads(out)
    assert (code, err) == (wanted, "")
    assert (summary["state"], summary["exit_code"]) == ("interrupted", wanted)
    assert sum(one["items"] for one in summary["resources"]) > 0
    assert _runs(config) == [("interrupted", True)]


@pytest.mark.parametrize("words", [("sync", "--workers", "1"), ("check",)])
def test_a_terminal_that_goes_away(sandbox: Sandbox, config: Path, words: tuple[str, ...]) -> None:
    """With the terminal goes whoever would hear the summary; the run ends all the same."""
    ours, theirs = os.openpty()
    code = "from duetrail.cli import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "--config", str(config), *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=unmeasured(),
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    store = config.with_name("duetrail.db")
    _wait(running, lambda: _has_pages(store) if "sync" in words else bool(sandbox.requests))
    os.close(ours)
    assert running.wait(timeout=30) == 129
    if "sync" in words:
        assert _runs(config) == [("interrupted", True)]


UNSHARE = ("unshare", "--pid", "--fork")


def test_the_first_process_of_a_container(config: Path) -> None:
    """The first process of a container is deaf to whatever it has no handler for: it has one."""
    if not shutil.which("unshare") or subprocess.run([*UNSHARE, "true"], check=False).returncode:
        pytest.skip("nobody may make a namespace of processes here")
    words = ("sync", "stuut", "--workers", "1", "--json")
    code, out, err = interrupted(config, *words, by=signal.SIGTERM, wrapper=UNSHARE)
    assert (code, json.loads(out)["state"], err) == (143, "interrupted", "")


def test_what_is_ignored_stays_ignored(config: Path) -> None:
    """Under `nohup` a terminal that goes away ends nothing."""
    words = ("sync", "stuut", "--workers", "1", "--json")
    running = started(config, *words, before=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    running.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=30)
    assert running.returncode == 143


@pytest.mark.parametrize("pause", first(2, [0.0, 0.1, 0.31, 0.4]))
def test_an_impatient_user(config: Path, pause: float) -> None:
    """Ctrl-C five times over loses neither the summary nor the end of the run."""
    running = started(config, "sync", "stuut", "--workers", "4", "--json")
    for _ in range(5):
        running.send_signal(signal.SIGINT)
        time.sleep(pause)
    out, err = running.communicate(timeout=30)
    assert "transaction" not in err
    assert "Traceback" not in err
    assert running.returncode in {130, -signal.SIGINT}  # by a last one when all was over
    assert json.loads(out)["state"] == "interrupted"
    assert _runs(config) == [("interrupted", True)]
    with closing(sqlite3.connect(config.with_name("duetrail.db"))) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _runs(config: Path) -> list[tuple[str, bool]]:
    with closing(sqlite3.connect(config.with_name("duetrail.db"))) as db:
        return db.execute("SELECT state, ended_at IS NOT NULL FROM runs").fetchall()


def test_a_run_that_was_killed(config: Path) -> None:
    """A run whose process is dead is not shown as running; one that lives is."""
    running = started(config, "sync", "--workers", "1")
    last = json.loads(_status(config, "--json"))["last_run"]
    assert (last["state"], last["ended_at"]) == ("running", None)
    assert "1, running, " in _status(config)
    running.kill()
    running.communicate(timeout=30)
    last = json.loads(_status(config, "--json"))["last_run"]
    assert (last["state"], last["ended_at"]) == ("interrupted", None)
    assert "1, interrupted, " in _status(config)


def _status(config: Path, *arguments: str) -> str:
    code = "from duetrail.cli import main; main()"
    command = [sys.executable, "-c", code, "--config", str(config), "status", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_people_get_the_summary_and_how_to_go_on(config: Path) -> None:
    """For people it is the usual summary, and a word about how to go on."""
    code, out, err = interrupted(config, "sync", "stuut", "--workers", "1")
    assert code == 130
    assert out.startswith("Interrupted: what stands below is kept")
    assert "Traceback" not in err


def test_other_commands(sandbox: Sandbox, config: Path) -> None:
    """Any other command says so, and nothing else."""
    code, out, err = interrupted(config, "check", "--json", begun=lambda: bool(sandbox.requests))
    assert (code, json.loads(out)["exit_code"]) == (130, 130)
    assert err == "Error: interrupted\n"
