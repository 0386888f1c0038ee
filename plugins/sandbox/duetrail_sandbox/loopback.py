"""HTTP/1.1 on 127.0.0.1 and nowhere else: threads, keep-alive, an orderly end."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from duetrail_sandbox.router import Answer

__all__ = ["HOST", "Asked", "Loopback"]

HOST = "127.0.0.1"

# Method, path, raw query, parsed query and headers by lower-case name, to an answer.
Asked = Callable[[str, str, str, Mapping[str, list[str]], Mapping[str, str]], Answer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Buffered, so that head and body leave in one piece; the base class flushes per request.
    wbufsize = 65536
    server: Loopback

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        answer = self.server.asked(
            self.command,
            unquote(parts.path),
            parts.query,
            parse_qs(parts.query, keep_blank_values=True),
            {name.lower(): value for name, value in self.headers.items()},
        )
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            # The body is not read, so the next request on this connection would begin in it.
            self.close_connection = True
        self._send(answer)

    # An unknown method never gets here: the base class answers it with 501.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve
    do_TRACE = _serve

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the sandbox keeps its own log of requests."""


class Loopback(ThreadingHTTPServer):
    """A server that hands every request to one function and can be closed at any moment.

    ``asked`` gets method, path, raw query, parsed query and headers (names in lower case).
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, asked: Asked) -> None:
        """Bind to 127.0.0.1 at ``port``, or at a free port for 0; OSError if it is taken."""
        self.asked = asked
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
