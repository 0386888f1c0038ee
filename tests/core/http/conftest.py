"""A vendor on loopback that answers as told, and connections to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from attrs import field, frozen, mutable

from duetrail.http import Backoff, BearerAuth, RateLimiter, Session
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret
from duetrail.source import Connection, Source, option

TOKEN = "canary-7Qm2xVt9/+sesame"


@frozen
class Asked:
    """One request as the vendor saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@frozen
class Reply:
    """One answer of the vendor; `raw` is sent instead of a whole answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(factory=dict)
    raw: bytes | None = None
    before: Callable[[], Any] | None = None


class Vendor:
    """Answers with the replies it was given, the last one again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._replies: list[Reply] = []
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        # A client that hangs up in the middle is what some tests are about.
        self.server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def then(self, status: int = 200, body: bytes = b"{}", **more: Any) -> Vendor:
        """Have one more request answered, and all that follow it if it stays the last."""
        self._replies.append(Reply(status, body, **more))
        return self

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            if len(self._replies) > 1:
                return self._replies.pop(0)
            return self._replies[0] if self._replies else Reply()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                headers = {key.lower(): value for key, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(size))
                reply = vendor.answer(asked)
                if reply.before:
                    reply.before()
                if reply.raw is not None:
                    self.wfile.write(reply.raw)
                    self.close_connection = True
                    return
                self.send_response_only(reply.status)
                for key, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = respond

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    one = Vendor()
    yield one
    one.close()


@pytest.fixture
def stranger() -> Iterator[Vendor]:
    """A server the connection does not name."""
    one = Vendor()
    yield one
    one.close()


@frozen
class Options:
    token: Secret = option("The API key.", default=Secret(TOKEN))


def source(**changes: Any) -> Source:
    facts: dict[str, Any] = {
        "name": "acme",
        "title": "Acme",
        "options": Options,
        "resources": (),
        "unsupported": (Invoice, Call, Callout, Email),
        "auth": lambda options: BearerAuth(options.token),
    }
    return Source(**(facts | changes))


def connection(base_url: str, **changes: Any) -> Connection:
    facts: dict[str, Any] = {
        "name": "acme",
        "source": source(),
        "base_url": base_url,
        "options": Options(),
        "timeout": 5.0,
    }
    return Connection(**(facts | changes))


@mutable
class Clock:
    """Time that passes only while somebody waits for it; remembers the waits."""

    now: float = 1000.0
    waits: list[float] = field(factory=list)

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    backoff = Backoff(0.5, 60.0, factor=5.0, share=lambda: 1.0)
    return RateLimiter(clock=clock, wait=clock.wait, backoff=backoff)


@pytest.fixture
def token() -> str:
    """The secret of every connection here, which must never be seen."""
    return TOKEN


Open = Callable[..., Session]


@pytest.fixture
def open_session(vendor: Vendor, limiter: RateLimiter) -> Iterator[Open]:
    """Opens a session to the vendor, whose waits take no time; closes it after the test.

    `never_stored`, `limiter` and `backoff` go to the session, `declares` to the
    source, the rest to the connection.
    """
    opened: list[Session] = []

    def open_(*, declares: dict[str, Any] | None = None, **changes: Any) -> Session:
        names = ("never_stored", "limiter", "backoff")
        mine = {name: changes.pop(name) for name in names if name in changes}
        mine.setdefault("backoff", Backoff(share=lambda: 1.0))
        changes.setdefault("source", source(**(declares or {})))
        one = connection(changes.pop("base_url", vendor.url), **changes)
        opened.append(Session(one, mine.pop("limiter", limiter), **mine))
        return opened[-1]

    yield open_
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session: Open) -> Session:
    return open_session()


@pytest.fixture
def unused_port() -> int:
    """A port of 127.0.0.1 at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
