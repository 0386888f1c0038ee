"""Servers of other people that play a vendor, on loopback, and what is passed on to them."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from duetrail.testing import Answer

_SECONDS = 60


@contextmanager
def running(command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    """Run a server, whose last argument is the port to listen on; gives its address.

    Args:
        command: The program and its arguments, without the port.
        folder: Where it runs.
        env: Its environment.
    """
    port = free_port()
    with subprocess.Popen(
        [*command, str(port)],
        cwd=folder,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(server: subprocess.Popen[Any], port: int) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{server.args} does not listen")


def passed_on(url: str, headers: Mapping[str, str]) -> Answer:
    """What another server answers."""
    got = requests.get(url, headers=headers, timeout=_SECONDS)
    return in_json(got.content, got.status_code)


def in_json(body: bytes, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status=status, body=body, headers={"Content-Type": "application/json"})
