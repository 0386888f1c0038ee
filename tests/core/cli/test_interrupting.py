"""Ctrl-C: what is told, and with which exit code."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A configuration for a sandbox that takes its time."""
    from duetrail_sandbox.server import Sandbox

    with Sandbox(invoices=200, seed=7, latency_ms=150) as sandbox:
        file = tmp_path / "duetrail.toml"
        file.write_text(sandbox.config)
        yield file


def interrupted(config: Path, *arguments: str) -> tuple[int, str, str]:
    """How a command ends that is interrupted while it reads."""
    code = "from duetrail.cli import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "--config", str(config), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if "sync" in arguments:
        while not _has_pages(config.with_name("duetrail.db")):
            assert running.poll() is None, running.stderr and running.stderr.read()
            time.sleep(0.02)
    else:  # nothing tells how far a check is
        time.sleep(1.0)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    return running.returncode, out, err


def _has_pages(store: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
            # Of two the first was counted, wherever the signal strikes.
            return bool(db.execute("SELECT count(*) > 1 FROM pages").fetchone()[0])
    except sqlite3.Error:  # not there yet
        return False


def test_json(config: Path) -> None:
    """A machine gets the summary so far, marked, and the shell's exit code for it."""
    code, out, err = interrupted(config, "sync", "stuut", "--workers", "1", "--json")
    summary = json.loads(out)
    assert (code, err) == (130, "")
    assert (summary["state"], summary["exit_code"]) == ("interrupted", 130)
    states = {one["resource"]: one["state"] for one in summary["resources"]}
    assert "incomplete" in states.values()
    assert sum(one["items"] for one in summary["resources"]) > 0


def test_text(config: Path) -> None:
    """For people it is the usual summary, and a word about how to go on."""
    code, out, err = interrupted(config, "sync", "stuut", "--workers", "1")
    assert code == 130
    assert out.startswith("Interrupted: what stands below is kept")
    assert "Traceback" not in err


def test_other_commands(config: Path) -> None:
    """Any other command says so, and nothing else."""
    code, out, err = interrupted(config, "check", "--json")
    assert (code, json.loads(out)["exit_code"]) == (130, 130)
    assert err == "Error: interrupted\n"
