"""The command ``sandbox`` as people and programs run it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import pytest
import requests

OPTIONS = (
    "--port",
    "--invoices",
    "--seed",
    "--latency-ms",
    "--for-seconds",
    "--day",
    "--bustle",
    "--vendors",
)
COMMAND = [sys.executable, "-c", "from duetrail_sandbox.commands import sandbox; sandbox()"]


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_line_then_serve_until_told(number):
    """It prints one line of JSON, serves, and ends quietly with 0 on a signal."""
    with start("--invoices", "20", "--seed", "3") as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            assert facts.keys() == {"base_urls", "counts", "config"}
            answer = requests.get(
                f"{facts['base_urls']['stuut']}/v1/invoices",
                headers={"Authorization": "Bearer sandbox-stuut-token"},
                timeout=30,
            )
            assert answer.json()["total_records"] == 20 == facts["counts"]["stuut"]["invoices"]
            assert facts["base_urls"]["credira"] in facts["config"]
        finally:
            process.send_signal(number)
            rest, notes = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rest == ""
    assert len(notes.splitlines()) == 1
    assert "made-up data" in notes


def test_for_seconds():
    """With --for-seconds it ends by itself."""
    done = subprocess.run(
        [*COMMAND, "--invoices", "1", "--for-seconds", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1


def test_vendors():
    """With --vendors base URLs, counts and config tell of those named."""
    options = ["--invoices", "1", "--for-seconds", "0", "--vendors", "exante, yeti"]
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=60, check=True
    )
    facts = json.loads(done.stdout)
    assert facts["base_urls"].keys() == facts["counts"].keys() == {"exante", "yeti"}
    assert "[connections.exante]" in facts["config"]
    assert "stuut" not in facts["config"]


def test_day():
    """With --day the company has lived so many days, and counts tell of that day."""
    counted = []
    for day in ("0", "5"):
        options = ["--invoices", "60", "--for-seconds", "0", "--day", day, "--bustle", "2"]
        done = subprocess.run(
            [*COMMAND, *options], capture_output=True, text=True, timeout=60, check=True
        )
        counted.append(json.loads(done.stdout)["counts"])
    assert counted[0]["stuut"]["invoices"] == 60
    assert counted[0] != counted[1]


def test_port_in_use():
    """A port that is taken is wrong usage: what, where, and what to do next."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--port", port, "--invoices", "1"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"127.0.0.1 port {port}" in done.stderr
    assert "in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        ["--port", "70000"],
        ["--invoices", "-1"],
        ["--seed", "x"],
        ["--day", "-1"],
        ["--bustle", "-1"],
        ["--vendors", "acme"],
        ["--vendors", ""],
    ],
)
def test_wrong_options(option):
    """Options out of range are wrong usage and named."""
    done = subprocess.run(
        [*COMMAND, *option], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert option[0] in done.stderr


def test_help_names_every_option():
    """The help text lists the options."""
    done = subprocess.run(
        [*COMMAND, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    for option in OPTIONS:
        assert option in done.stdout


def test_import_does_nothing():
    """Importing the plugin loads neither its server nor the HTTP library."""
    code = (
        "import sys, duetrail_sandbox; "
        "print([name for name in sys.modules "
        "if name.startswith('duetrail_sandbox.') or name == 'http.server'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
