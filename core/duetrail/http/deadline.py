"""How long an answer may take as a whole, however it is served: in drips, headers included.

A time-out of a socket bounds one silence. A server that sends a byte now and then is never silent
for long, and would keep a worker for ever.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any


class Overdue(TimeoutError):
    """An answer did not come to its end in time."""


class Deadline:
    """When the answer that is under way must have come to its end; for one thread.

    Args:
        seconds: How long an answer may take, from `begin` on.
        clock: What time it is, in seconds; for tests.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def begin(self) -> None:
        """Let the time of one answer begin now."""
        self._end = self._clock() + self.seconds

    def left(self) -> float:
        """How many seconds are left, above 0.

        Raises:
            Overdue: None.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise Overdue
        return left

    def response(self, sock: socket.socket, *given: Any, **named: Any) -> HTTPResponse:
        """A `response_class` for connections of `http.client`: what is read, is read in time."""
        response = HTTPResponse(sock, *given, **named)
        # Beneath the buffer, where nothing waits but for bytes of the network.
        unbuffered = response.fp.detach()
        response.fp = io.BufferedReader(_InTime(sock, unbuffered, self))
        return response


class _InTime(io.RawIOBase):
    """Bytes of a socket, as long as there is time."""

    def __init__(self, sock: socket.socket, file: io.RawIOBase, deadline: Deadline) -> None:
        self._sock = sock
        self._file = file
        self._deadline = deadline
        self._patience = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.left()
        # A vendor that sends a byte now and then never runs into the time-out of a single read, so
        # each read is given no more than what is left of the whole.
        if self._patience is not None and self._patience <= left:
            return self._file.readinto(buffer)
        # The last read of all: nobody needs the usual time-out of this socket again.
        self._sock.settimeout(left)
        try:
            return self._file.readinto(buffer)
        except TimeoutError:
            raise Overdue from None

    def close(self) -> None:
        self._file.close()
        super().close()
