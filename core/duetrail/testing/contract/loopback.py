"""This machine's own addresses, at which a recording is replayed, for tests without a network."""

from __future__ import annotations

import socket

from duetrail.testing.contract.advice import fail

HOSTS = (r"127\.0\.0\.1$", r"::1$", "localhost$")
"""What the suite needs to reach, as patterns: all that pytest-recording is to let through."""

_SECONDS = 5.0


def expect_loopback() -> None:
    """Fail the test where something lets this process not even reach its own machine."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
            client.settimeout(_SECONDS)
            client.connect(server.getsockname())
    except (OSError, RuntimeError) as error:  # whatever blocks sockets raises a RuntimeError
        fail(
            f"connections to this machine (127.0.0.1) are blocked: {type(error).__name__}: {error}",
            "network",
            do="allow 127.0.0.1 where the network is blocked for tests: an option of pytest, such "
            "as pytest-socket's --disable-socket, a conftest.py, or the sandbox they run in; the "
            "plugin is not at fault",
        )
