"""A loopback proxy that forwards everything, and at chosen requests does what a fault says."""

from __future__ import annotations

import http.client
import re
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from duetrail.errors import UsageError
from duetrail.http.address import Address
from duetrail.testing.answers import Answer
from duetrail.testing.fault_rules import FaultRule
from duetrail.testing.faults import Exchange, Fault
from duetrail.testing.loopback import LoopbackServer, Moves, Request

# What a proxy says for itself; the length follows from the body that is sent.
_OF_THE_LINE = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "host", "accept-encoding"}
)

_GONE = Answer(status=502, headers={"Content-Type": "text/plain"}, body=b"the stand-in is gone")


@frozen
class SeenRequest:
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


class FaultProxy(LoopbackServer):
    """A proxy on 127.0.0.1 before a server on this machine, as a context manager.

    A fault that waits or drips ends when the client hangs up, so give the connection a short
    `timeout` and a short `max_time`.
    Where several rules fit a request, the first of them counts.

    Args:
        upstream: The URL of the stand-in; its path is kept.
        *rules: Which requests get which faults.
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
        *rules: FaultRule,
        heard: Callable[[SeenRequest], object] | None = None,
        port: int = 0,
    ) -> None:
        self._upstream = Address.of(upstream, "the stand-in")
        if not self._upstream.is_loopback:
            raise UsageError(
                f"the stand-in is at {self._upstream.host}, which is not this machine",
                hint="Faults are for servers on loopback; a real vendor must not be asked.",
            )
        self._lock = threading.Lock()
        self.begin(*rules, heard=heard)
        super().__init__(self._respond, port=port)
        self.url += urlsplit(upstream).path

    def begin(
        self, *rules: FaultRule, heard: Callable[[SeenRequest], object] | None = None
    ) -> None:
        """Forget what was asked; from now on these rules count. The address stays.

        Addresses may find their way into records, so that two stores can only be compared where
        both were filled from one.
        """
        with self._lock:
            self.asked: list[SeenRequest] = []
            self.forwarded: list[tuple[SeenRequest, Answer]] = []
            self._rules = rules
            self._fitted = [0] * len(rules)
            self._heard = heard
            self._before: dict[str, Answer] = {}

    @property
    def faulted(self) -> list[SeenRequest]:
        """The requests that got a fault, in order."""
        return [one for one in self.asked if one.fault]

    @property
    def struck(self) -> list[SeenRequest]:
        """`faulted`, as it was called until version 0.2."""
        warnings.warn("FaultProxy.struck is now faulted", DeprecationWarning, stacklevel=2)
        return self.faulted

    def _respond(self, request: Request) -> Answer | Moves:
        """What is done with a request: a fault with its moves, or the real answer."""
        came = time.monotonic()
        target, path = request.target, request.path
        kept = {k: v for k, v in request.headers.items() if k not in _OF_THE_LINE}

        def real(instead: str = target) -> Answer:
            return self._ask(request.method, instead, kept, request.body)

        with self._lock:
            fault = self._fault_of(target)
            name = fault.name if fault else ""
            asked = SeenRequest(len(self.asked) + 1, request.method, target, came, name)
            self.asked.append(asked)
            before = self._before.get(path)
        if self._heard:
            self._heard(asked)
        if fault is not None:
            exchange = Exchange(method=request.method, target=target, real=real, before=before)
            return Moves(fault.moves(exchange), fault.stays)
        answer = real()
        with self._lock:
            self.forwarded.append((asked, answer))
            if answer.status == 200:
                self._before[path] = answer
        return answer

    def _fault_of(self, target: str) -> Fault | None:
        found = None
        for at, rule in enumerate(self._rules):
            if re.search(rule.path, target):
                self._fitted[at] += 1
                if found is None and rule.hits(self._fitted[at]):
                    found = rule.fault
        return found

    def _ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
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
