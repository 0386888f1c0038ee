"""The command ``sandbox`` as people and programs run it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from duetrail import api
from duetrail.testing.faults import WORDS
from support.measuring import unmeasured

COMMAND = [sys.executable, "-c", "from duetrail_sandbox.commands import sandbox; sandbox()"]


def run(*options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, which has this code."""
    done = subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code
    return done


@contextmanager
def serving(
    *options: str, number: int = signal.SIGTERM
) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """What it says once it serves, and the process, which is ended by a signal."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, *options], stdout=pipe, stderr=pipe, text=True, env=unmeasured()
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline()), process
        finally:
            process.send_signal(number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_line_then_serve_until_told(number):
    """It prints one line of JSON, serves, and ends quietly with 0 on a signal."""
    with serving("--invoices", "20", "--seed", "3", number=number) as (facts, process):
        assert facts.keys() == {"base_urls", "counts", "config"}
        assert statuses(facts["base_urls"]["stuut"], 0) == [200]
        assert facts["counts"]["stuut"]["invoices"] == 20
        assert facts["base_urls"]["credira"] in facts["config"]
        process.send_signal(number)
        rest, notes = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rest == ""
    assert len(notes.splitlines()) == 1
    assert "made-up data" in notes


def told(*options: str) -> dict[str, Any]:
    """What it says with these options; it ends by itself."""
    facts: dict[str, Any] = json.loads(run("--for-seconds", "0", *options).stdout)
    return facts


def test_only_the_named_vendors_are_served():
    """With --vendors base URLs, counts and config tell of those named."""
    facts = told("--invoices", "1", "--vendors", "exante, yeti")
    assert facts["base_urls"].keys() == facts["counts"].keys() == {"exante", "yeti"}
    assert "[connections.exante]" in facts["config"]
    assert "stuut" not in facts["config"]


def test_the_company_has_lived_so_many_days():
    """With --day the company has lived so many days, and counts tell of that day."""
    first, later = (told("--invoices", "60", "--day", day)["counts"] for day in ("0", "5"))
    assert first["stuut"]["invoices"] == 60
    assert first != later


def statuses(url: str, *pages: int) -> list[int]:
    """The statuses of these pages of Stuut's invoices."""
    key = {"Authorization": "Bearer sandbox-stuut-token"}
    asked = [f"{url}/v1/invoices?page={page}" for page in pages]
    return [requests.get(one, headers=key, timeout=30).status_code for one in asked]


def test_chosen_requests_go_wrong():
    """With --fault chosen requests go wrong, each is told to people, and all others are as ever."""
    port = str(unused_port())
    given = [r"unavailable@/invoices\?page=2:2xall", "too-many@page=3"]
    options = [word for one in given for word in ("--fault", one)]
    with serving("--invoices", "5", "--port", port, *options) as (facts, process):
        url = facts["base_urls"]["stuut"]
        assert url == f"http://127.0.0.1:{port}/stuut"
        assert url in facts["config"]
        assert statuses(url, 1, 2, 2, 3, 3, 2) == [200, 200, 503, 429, 200, 503]
        process.terminate()
        _, *notes = process.communicate(timeout=30)[1].splitlines()
    assert notes == [
        "503: GET /stuut/v1/invoices?page=2",
        "429 without Retry-After: GET /stuut/v1/invoices?page=3",
        "503: GET /stuut/v1/invoices?page=2",
    ]


def test_a_sync_through_faults(tmp_path):
    """A sync of what the line of JSON says meets the faults, and overcomes those that pass."""
    options = ["--fault", "truncated@/v1/invoices", "--fault", "resets@/v1/payments"]
    with serving("--invoices", "5", "--vendors", "stuut", *options) as (facts, process):
        config = tmp_path / "duetrail.toml"
        config.write_text(facts["config"])
        summary = api.sync(config=config)
        process.terminate()
        notes = process.communicate(timeout=30)[1]
    assert summary.exit_code == 0
    assert summary.records["invoices"] == facts["counts"]["stuut"]["invoices"]
    assert "body shorter than announced: GET /stuut/v1/invoices" in notes


def test_the_list_of_faults():
    """With --fault list it names every fault and what happens, and serves nothing."""
    _, *rows = run("--fault", "list").stdout.splitlines()
    assert [row.split(maxsplit=1) for row in rows] == [[w, f.name] for w, f in WORDS.items()]


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize("faults", [[], ["--fault", "html"]])
def test_port_in_use(faults):
    """A port that is taken is wrong usage: what, where, and what to do next; with faults, too."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("--port", port, "--invoices", "1", *faults, code=2)
    assert done.stdout == ""
    assert f"127.0.0.1 port {port}" in done.stderr
    assert "Choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "option",
    [
        *("--port=70000", "--invoices=-1", "--seed=x", "--day=-1", "--bustle=-1"),
        *("--fault=htlm", "--fault=html@(", "--fault=html:0", "--vendors=acme", "--vendors="),
    ],
)
def test_wrong_options(option):
    """Options out of range are wrong usage and named."""
    assert option.partition("=")[0] in run(option, code=2).stderr


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
