"""Where tests may not use the network, the suite reaches its machine, or says what blocks it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from duetrail.testing.contract.loopback import expect_loopback

_HERE = Path(__file__).parent
_SUITE = """
from pathlib import Path
import acme
from duetrail.testing import ContractTests

class TestAcme(ContractTests):
    source = acme
    cassettes = Path(__file__).parent / "acme.yaml"
"""
_TESTS = "recording_is_read or reaches_every or wrong_key or away or money"


def _pytest(folder, *options):
    for name in ("acme.py", "acme.yaml"):
        shutil.copy(_HERE / name, folder)
    (folder / "test_acme.py").write_text(_SUITE, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", _TESTS, *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "options", [("--block-network",), ("--block-network", "--allowed-hosts=vendor.example")]
)
def test_a_blocked_network_is_no_bug_of_the_plugin(options, tmp_path):
    """With --block-network the suite reaches this machine: its tests pass as they do without."""
    done = _pytest(tmp_path, *options)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_what_blocks_this_machine_too_is_named(tmp_path):
    """Where something blocks every socket, each test says that, and not that a plugin is wrong."""
    (tmp_path / "conftest.py").write_text(
        "import socket\n\n"
        "def refuse(*_):\n    raise RuntimeError('A test tried to use socket.socket.')\n\n"
        "def pytest_runtest_setup(item):\n    socket.socket.connect = refuse\n"
    )
    done = _pytest(tmp_path)
    assert done.returncode == 1
    assert "bug of the plugin" not in done.stdout
    assert "A test tried to use socket.socket" in done.stdout
    assert "allow 127.0.0.1 where the network is blocked" in done.stdout


def test_this_machine_can_be_reached():
    """Where nothing is blocked, nothing is said."""
    expect_loopback()


def test_a_sync_says_what_blocks(vendor, config, monkeypatch):
    """A sync in an author's own test, with sockets blocked: told as that, and asked once."""
    import duetrail

    def refuse(self, *_):
        self.close()
        raise RuntimeError("Network is disabled")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    summary = duetrail.sync(config=config, store="sqlite:///" + str(config.parent / "try.db"))
    said = [problem.message for one in summary.resources for problem in one.problems]
    assert said[0].endswith("blocked here: Network is disabled"), said
    assert "bug of the plugin" not in str(summary)
