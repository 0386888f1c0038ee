"""What the tests of all vendors share."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import generated as _generated
from support.scripted import Project, Reply


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder with a configuration that has no connections yet."""
    return Project(tmp_path)


@pytest.fixture
def ran(project: Project) -> Callable[..., dict[str, Any]]:
    """Sync everything; the summaries by resource."""
    return lambda **how: {one.resource: one for one in project.sync(**how).resources}


@pytest.fixture
def reply() -> type[Reply]:
    """An answer with a status and headers: `reply(body, 503, {"Retry-After": "1"})`."""
    return Reply


@pytest.fixture(scope="session")
def generated() -> Any:
    """Made-up items of any wire class."""
    return _generated


@pytest.fixture
def played(request: pytest.FixtureRequest) -> None:
    """For tests that have nothing to record."""
    if request.config.getoption("--record-mode") == "rewrite":
        pytest.skip("plays what other tests record")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> list[Any]:
    """Every attempt to reach anything; there must be none."""
    attempts: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise OSError("a cassette needs no network")

    if request.config.getoption("--record-mode") != "rewrite":
        monkeypatch.setattr(socket.socket, "connect", connect)
    return attempts


@pytest.fixture
def bodies() -> Callable[[Any], list[Any]]:
    """Every body of a cassette, read without any code of ours."""
    return lambda playing: [json.loads(answer["body"]["string"]) for answer in playing.responses]
