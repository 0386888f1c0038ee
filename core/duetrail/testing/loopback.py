"""A server on 127.0.0.1 and nowhere else, in threads of its own, that can be closed at any time."""

from __future__ import annotations

import re
import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from duetrail.testing.faults import Answer

LOOPBACK = "127.0.0.1"

# Seconds after which the server looks whether it is being closed; it delays no request.
_LOOK = 0.02

Owner = TypeVar("Owner")


# A longer body is not read, and its connection ends.
_LONGEST_BODY = 65536


class AnswerHandler(BaseHTTPRequestHandler):
    """Has the server's owner answer each request: `answer(method, target, headers, body)`.

    Names of headers are in lower case.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LoopbackServer[Any]

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body()
        answer: Answer = self.server.owner.answer(self.command, self.path, headers, body)
        head = answer.head(stays=not self.close_connection)
        self.wfile.write(head if self.command == "HEAD" else head + answer.body)

    # An unknown method never gets here: the base class answers it with 501.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = _serve

    def _body(self) -> bytes:
        """Read the body, if it says how long it is and that is not too long."""
        length = self.headers.get("Content-Length", "0")
        chunked = "Transfer-Encoding" in self.headers
        if chunked or not re.fullmatch("[0-9]{1,9}", length) or int(length) > _LONGEST_BODY:
            # What is not read here the next request on this connection would begin in.
            self.close_connection = True
            return b""
        return self.rfile.read(int(length))

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the owner knows what was asked."""


class LoopbackServer(ThreadingHTTPServer, Generic[Owner]):
    """A server that serves from the moment it is made until it is closed.

    Args:
        owner: What answers; a handler finds it as `self.server.owner`.
        handler: The class of the handler.
        port: The port it listens on; 0 for a free one.

    Raises:
        OSError: The port is taken.
    """

    daemon_threads = False  # so that closing waits for them
    request_queue_size = 256

    def __init__(self, owner: Owner, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__((LOOPBACK, port), handler)
        self._thread = Thread(target=self.serve_forever, args=(_LOOK,), daemon=True)
        self._thread.start()

    def server_bind(self) -> None:
        """Bind without the base class's look-up of this machine's name, which may be slow."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember a connection while it is open, so that closing can end it."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet about clients that leave; tell of everything else."""
        if not isinstance(sys.exception(), OSError | ValueError):
            super().handle_error(request, client_address)

    def close(self) -> None:
        """End every connection and free the port; may be called twice."""
        self.shutdown()
        self._thread.join()
        with self._open_lock:
            still = list(self._open)
        for one in still:
            # The client or its thread may have been quicker and closed it already.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.server_close()
