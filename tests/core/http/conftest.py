"""A vendor on loopback that answers as told, and connections to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import field, frozen, mutable

from duetrail.http import Backoff, BearerAuth, RateLimiter, Session
from duetrail.model import Call, Callout, Email, Invoice
from duetrail.secrets import Secret
from duetrail.source import Connection, Source, option
from duetrail.testing import Answer, LoopbackServer, Request
from duetrail.testing.loopback import Moves

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


class Vendor(LoopbackServer):
    """Answers with the replies it was given, the last one again and again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._replies: list[Reply] = []
        self._lock = threading.Lock()
        super().__init__(self._respond)

    @property
    def server(self) -> Any:
        """What listens, for tests of how it is reached."""
        return self._server

    def then(self, status: int = 200, body: bytes = b"{}", **more: Any) -> Vendor:
        """Have one more request answered, and all that follow it if it stays the last."""
        self._replies.append(Reply(status, body, **more))
        return self

    def _respond(self, request: Request) -> Answer | Moves:
        reply = self.answer(
            Asked(request.method, request.target, dict(request.headers), request.body)
        )
        if reply.before:
            reply.before()
        if reply.raw is not None:
            return Moves([reply.raw])
        return Answer(status=reply.status, headers=reply.headers, body=reply.body)

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            if len(self._replies) > 1:
                return self._replies.pop(0)
            return self._replies[0] if self._replies else Reply()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as one:
        yield one


@pytest.fixture
def stranger() -> Iterator[Vendor]:
    """A server the connection does not name."""
    with Vendor() as one:
        yield one


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

    `never_stored`, `limiter`, `backoff` and `told` go to the session, `declares` to the
    source, the rest to the connection.
    """
    opened: list[Session] = []

    def open_(*, declares: dict[str, Any] | None = None, **changes: Any) -> Session:
        names = ("never_stored", "limiter", "backoff", "told")
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
