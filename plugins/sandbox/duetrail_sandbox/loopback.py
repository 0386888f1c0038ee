"""HTTP/1.1 on 127.0.0.1 and nowhere else: threads, keep-alive, an orderly end."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from duetrail_sandbox.app import Answer

__all__ = ["HOST", "Asked", "Heard", "Loopback"]

HOST = "127.0.0.1"
# Far more than any login; a longer body is not read, and its connection ends.
_LONGEST_BODY = 65536


class Heard(NamedTuple):
    """A request as it came in: ``raw`` is the query's text, header names are in lower case."""

    method: str
    path: str
    raw: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


Asked = Callable[[Heard], Answer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Buffered, so that head and body leave in one piece; the base class flushes per request.
    wbufsize = 65536
    server: Loopback

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        heard = Heard(
            method=self.command,
            path=unquote(parts.path),
            raw=parts.query,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self._body(),
        )
        self._send(self.server.asked(heard))

    def _body(self) -> bytes:
        """Read the body, if it says how long it is and that is not too long."""
        length = self.headers.get("Content-Length", "0")
        chunked = "Transfer-Encoding" in self.headers
        if chunked or not re.fullmatch("[0-9]{1,9}", length) or int(length) > _LONGEST_BODY:
            # What is not read here the next request on this connection would begin in.
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    # An unknown method never gets here: the base class answers it with 501.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve
    do_TRACE = _serve

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Date the answer by the company's clock."""
        return format_datetime(self.server.clock(), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the sandbox keeps its own log of requests."""


class Loopback(ThreadingHTTPServer):
    """A server that hands every request to one function and can be closed at any moment.

    ``asked`` runs in the thread of the connection that the request came over. ``clock`` gives
    the date of an answer, an aware UTC moment.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, asked: Asked, clock: Callable[[], datetime]) -> None:
        """Bind to 127.0.0.1 at ``port``, or at a free port for 0; OSError if it is taken."""
        self.asked = asked
        self.clock = clock
        self._connections: dict[Thread, socket.socket] = {}
        self._lock = Lock()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the base class's look-up of our own host name, which may be slow."""
        TCPServer.server_bind(self)
        self.server_name = HOST
        self.server_port = int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection its thread, and remember both so that closing can end them."""
        thread = Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._lock:
            alive = {one: line for one, line in self._connections.items() if one.is_alive()}
            thread.start()
            self._connections = {**alive, thread: request}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that leave; tell of everything else."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def end_connections(self, patience: float = 5.0) -> None:
        """Cut kept-alive connections and wait, at most ``patience`` seconds each, for their end."""
        with self._lock:
            connections = dict(self._connections)
        for thread, connection in connections.items():
            # The client or the thread may have been quicker and closed it already.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(patience)
