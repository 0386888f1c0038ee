"""Airbyte: every message, read by the published models of its protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.engine_company import Company, company
from support.engines import example, tools

PROGRAM = Path(sys.executable).with_name("duetrail")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company"), 12) as one:
        yield one


def airbyte(folder: Path, *arguments: str, code: int = 0) -> str:
    """What a command says, every line of it checked."""
    done = subprocess.run(
        [PROGRAM, "airbyte", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert refused(done.stdout) == ""
    return done.stdout


def refused(lines: str, *kind: str) -> str:
    """What the published models say against messages; empty if nothing."""
    python, reader = tools("protocol") / "python", Path(__file__).with_name("published.py")
    done = subprocess.run(
        [python, reader, *kind], input=lines, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def messages(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def folder(served: Company, tmp_path: Path) -> Path:
    """A folder with what a platform writes: settings, and a catalog of all streams."""
    settings = {"connection": "stuut", "config": str(served.path)}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    (found,) = messages(airbyte(tmp_path, "discover", "--config", "settings.json"))
    streams = [
        {"stream": one, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        for one in found["catalog"]["streams"]
    ]
    catalog = json.dumps({"streams": streams})
    assert refused(catalog, "catalog") == ""
    (tmp_path / "catalog.json").write_text(catalog)
    return tmp_path


def test_every_message_is_one_of_the_protocol(folder: Path) -> None:
    """Settings, streams, records, states and statuses; and states are accepted back."""
    airbyte(folder, "spec")
    airbyte(folder, "check", "--config", "settings.json")
    read = ("read", "--config", "settings.json", "--catalog", "catalog.json")
    said = messages(airbyte(folder, *read))
    assert {one["type"] for one in said} == {"TRACE", "RECORD", "STATE"}
    states = [one["state"] for one in said if one["type"] == "STATE"]
    (folder / "state.json").write_text(json.dumps(states))
    again = messages(airbyte(folder, *read, "--state", "state.json"))
    assert {one["type"] for one in again} == {"TRACE", "STATE"}


def test_errors_are_messages_of_the_protocol(folder: Path) -> None:
    """A mistake in the settings is a trace, and a failed check a status."""
    (folder / "wrong.json").write_text('{"connection": "nobody"}')
    airbyte(folder, "check", "--config", "wrong.json")
    (error,) = messages(airbyte(folder, "discover", "--config", "wrong.json", code=1))
    assert error["trace"]["type"] == "ERROR"


def test_the_reader_refuses_what_is_wrong() -> None:
    """A message of another kind, with another type, or with one key too many."""
    wrong = ('{"type":"RECORDS"}', '{"type":"LOG","log":{"level":"INFO","message":1}}')
    assert all(refused(line) for line in (*wrong, '{"type":"LOG","more":1}'))


def test_the_example_of_the_page(folder: Path) -> None:
    """It runs as it stands, and its messages are accepted."""
    env = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", example("Airbyte", "sh")],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert refused(done.stdout) == ""
    assert "RECORD" in done.stdout
