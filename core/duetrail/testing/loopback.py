"""The one HTTP server of the kit: on 127.0.0.1 and nowhere else, closed at any moment."""

from __future__ import annotations

import re
import select
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Self
from urllib.parse import parse_qs

from attrs import field, frozen

from duetrail.testing.answers import HOLD, Answer, Move

HOST = "127.0.0.1"

# Seconds after which a waiting thread looks whether the server is being closed.
_LOOK = 0.02

# Far more than any login or query; a longer body is not read, and its connection ends.
_LONGEST_BODY = 65536

# Seconds that closing waits for the thread of each connection.
_PATIENCE = 5.0


@frozen
class Request:
    """A request as it came in.

    Attributes:
        method: Its method.
        target: Its path and query, as they were sent.
        headers: Its headers, names in lower case; of a repeated one the last.
        body: Its body; empty where that is too long to be read or does not say how long it is.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def path(self) -> str:
        """The path without the query, as it was sent."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """Every value of each parameter, in order."""
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)


@frozen
class Moves:
    """What is done in place of an answer.

    Attributes:
        moves: What is done, in order.
        stays: Whether the connection stays open for a next request.
    """

    moves: Iterable[Move]
    stays: bool = False


Respond = Callable[[Request], Answer | Moves]
"""What is done with a request; called in the thread of its connection."""


class LoopbackServer:
    """A server on 127.0.0.1 that hands every request to one function, as a context manager.

    It serves from the moment it is made; connections are kept alive.

    Args:
        respond: Gives the answer to a request.
        port: The port it listens on; 0 for a free one.

    Raises:
        OSError: The port is taken.

    Attributes:
        port: The port it listens on.
        url: Where it is, without a path.
    """

    def __init__(self, respond: Respond, *, port: int = 0) -> None:
        self._closing = threading.Event()
        self._server = _Server(respond, self._closing, port)
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        # How often the serving loop looks whether it is to stop; it delays no request.
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(_LOOK,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def wait(self, seconds: float) -> None:
        """Wait in the thread of a connection; closing the server ends it."""
        self._closing.wait(seconds)

    def close(self) -> None:
        """End every connection and free the port; may be called twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.end_connections()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.respond(Request(self.command, self.path, headers, self._body()))
        if isinstance(answer, Answer):
            self._send(answer)
            return
        self.close_connection |= not answer.stays
        for move in answer.moves:
            self._make(move)

    # An unknown method never gets here: the base class answers it with 501.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = _serve

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        chunked = "Transfer-Encoding" in self.headers
        if chunked or not re.fullmatch("[0-9]{1,9}", length) or int(length) > _LONGEST_BODY:
            # What is not read here the next request on this connection would begin in.
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        head = answer.head(stays=not self.close_connection)
        # In one piece: two would wait for the client's acknowledgement in between.
        self.connection.sendall(head if self.command == "HEAD" else head + answer.body)

    def _make(self, move: Move) -> None:
        if isinstance(move, bytes):
            self.connection.sendall(move)
        elif isinstance(move, float):
            self.server.closing.wait(move)
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
        while not self.server.closing.is_set():
            if select.select([self.connection], [], [], _LOOK)[0]:
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: who answers keeps the log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, respond: Respond, closing: threading.Event, port: int) -> None:
        self.respond, self.closing = respond, closing
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the base class's look-up of our own host name, which may be slow."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection its thread, and remember both so that closing can end them."""
        args = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=args, daemon=True)
        with self._lock:
            alive = {one: line for one, line in self._connections.items() if one.is_alive()}
            thread.start()
            self._connections = {**alive, thread: request}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that leave, and about a socket closed by a reset of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        """Cut the connections that are kept alive, and wait for the end of their threads."""
        with self._lock:
            connections = dict(self._connections)
        for connection in connections.values():
            # The client or the thread may have been quicker and closed it already.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join(_PATIENCE)
