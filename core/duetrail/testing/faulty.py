"""A loopback proxy that forwards everything, and at chosen requests does what a fault says."""

from __future__ import annotations

import http.client
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from attrs import frozen

from duetrail.errors import UsageError
from duetrail.http.address import Address
from duetrail.testing.faults import HOLD, Answer, Exchange, Fault, Move
from duetrail.testing.loopback import LOOPBACK, LoopbackServer
from duetrail.testing.strikes import Strike

# What a proxy says for itself; the length follows from the body that is sent.
_OF_THE_LINE = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "host", "accept-encoding"}
)

# Seconds after which a thread that holds looks whether the proxy is being closed.
_LOOK = 0.02

_GONE = Answer(status=502, headers={"Content-Type": "text/plain"}, body=b"the stand-in is gone")


@frozen
class Asked:
    """A request that came.

    Attributes:
        number: Its number, from 1.
        method: Its method.
        target: Its path and query.
        at: When it came, in seconds of `time.monotonic`.
        fault: The name of the fault it gets; empty where it is forwarded.
    """

    number: int
    method: str
    target: str
    at: float
    fault: str = ""


class Faulty:
    """A proxy on 127.0.0.1 before a server on this machine, as a context manager.

    A fault that waits or drips ends when the client hangs up, so give the connection a short
    `timeout` and a short `max_time`.
    Where several strikes fit a request, the first of them counts.

    Args:
        upstream: The URL of the stand-in; its path is kept.
        *strikes: Which requests get which faults.
        heard: Called with each request as it comes, before anything is done with it, in a thread
            of the proxy.
        port: The port it listens on; 0 for a free one.

    Raises:
        UsageError: The stand-in is not on this machine.
        OSError: The port is taken.

    Attributes:
        url: What the connection's `base_url` is to be set to.
        port: The port that stands in it.
        asked: Every request that came, in order.
        forwarded: The answers that were passed on as they were, each with its request.
    """

    def __init__(
        self,
        upstream: str,
        *strikes: Strike,
        heard: Callable[[Asked], object] | None = None,
        port: int = 0,
    ) -> None:
        self._upstream = Address.of(upstream, "the stand-in")
        if not self._upstream.is_loopback:
            raise UsageError(
                f"the stand-in is at {self._upstream.host}, which is not this machine",
                hint="Faults are for servers on loopback; a vendor would be asked in earnest.",
            )
        self._lock = threading.Lock()
        self.begin(*strikes, heard=heard)
        self._closing = threading.Event()
        self._server = LoopbackServer(self, _Handler, port)
        self.port = self._server.server_port
        self.url = f"http://{LOOPBACK}:{self.port}{urlsplit(upstream).path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self, *strikes: Strike, heard: Callable[[Asked], object] | None = None) -> None:
        """Forget what was asked, and strike so from now on; the address stays.

        Addresses may find their way into records, so that two stores can only be compared where
        both were filled from one.
        """
        with self._lock:
            self.asked: list[Asked] = []
            self.forwarded: list[tuple[Asked, Answer]] = []
            self._strikes = strikes
            self._fitted = [0] * len(strikes)
            self._heard = heard
            self._before: dict[str, Answer] = {}

    def close(self) -> None:
        """End every connection and free the port; may be called twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._server.close()

    @property
    def struck(self) -> list[Asked]:
        """The requests that got a fault, in order."""
        return [one for one in self.asked if one.fault]

    def _answered(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> tuple[Fault | None, Iterable[Move]]:
        """What is done with a request: a fault with its moves, or the real answer."""
        came = time.monotonic()
        kept = {name: value for name, value in headers if name.lower() not in _OF_THE_LINE}

        def real(instead: str = target) -> Answer:
            return self._ask(method, instead, kept, body)

        with self._lock:
            fault = self._struck(target)
            name = fault.name if fault else ""
            asked = Asked(len(self.asked) + 1, method, target, came, name)
            self.asked.append(asked)
            before = self._before.get(_path(target))
        if self._heard:
            self._heard(asked)
        if fault is not None:
            exchange = Exchange(method=method, target=target, real=real, before=before)
            return fault, fault.moves(exchange)
        answer = real()
        with self._lock:
            self.forwarded.append((asked, answer))
            if answer.status == 200:
                self._before[_path(target)] = answer
        return None, [answer.head(stays=True) + answer.body]

    def _struck(self, target: str) -> Fault | None:
        found = None
        for at, strike in enumerate(self._strikes):
            if re.search(strike.path, target):
                self._fitted[at] += 1
                if found is None and strike.hits(self._fitted[at]):
                    found = strike.fault
        return found

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        line = http.client.HTTPConnection(self._upstream.host, self._upstream.port, timeout=30)
        try:
            line.request(method, target, body or None, headers)
            came = line.getresponse()
            content = came.read()
        except (OSError, http.client.HTTPException):
            return _GONE
        finally:
            line.close()
        shown = {k: v for k, v in came.getheaders() if k.lower() not in _OF_THE_LINE}
        return Answer(status=came.status, headers=shown, body=content)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LoopbackServer[Faulty]

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault, moves = self.server.owner._answered(
            self.command, self.path, self.headers.items(), body
        )
        self.close_connection = fault is not None and not fault.stays
        for move in moves:
            self._make(move)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _make(self, move: Move) -> None:
        if isinstance(move, bytes):
            self.connection.sendall(move)
        elif isinstance(move, float):
            self.server.owner._closing.wait(move)
        elif move is HOLD:
            self._hold()
        else:
            self._reset()

    def _reset(self) -> None:
        # A linger of no time makes closing a reset, with what was not yet sent thrown away.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def _hold(self) -> None:
        """Until the client hangs up, which is the only thing it can be heard of."""
        while not self.server.owner._closing.is_set():
            if select.select([self.connection], [], [], _LOOK)[0]:
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: what was asked is in `asked`."""


def _path(target: str) -> str:
    return target.partition("?")[0]
