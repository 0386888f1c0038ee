"""What tells of the requests that a session sends, and of its waits."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from duetrail.errors import DuetrailError, FetchError
from duetrail.http.details import Request, Waiting
from duetrail.http.faults import url_without_query
from duetrail.http.rate_limiter import RateLimiter

if TYPE_CHECKING:
    import requests

    from duetrail.http.answer import Answer
    from duetrail.http.network import Network


# Seconds; shorter waits are not told.
_SHORTEST = 1.0


Told = Callable[[Request | Waiting], object]
"""Hears of requests and waits; every thread that sends calls it."""


class Listener:
    """Tells of what one session sends, and of its waits.

    Args:
        connection: The connection of the session.
        told: Who hears of it.
        resource: The resource it is for; empty for none.
    """

    def __init__(self, connection: str, told: Told, resource: str = "") -> None:
        self._connection = connection
        self._told = told
        self._resource = resource

    def of(self, resource: str) -> Listener:
        """What tells of another resource of the connection."""
        return Listener(self._connection, self._told, resource)

    def acquire(self, limiter: RateLimiter) -> float:
        """Acquire the start of an attempt."""
        return limiter.acquire(lambda seconds: self.wait(seconds, "rate limit"))

    def wait(self, seconds: float, reason: str) -> None:
        """Tell of a wait that begins now."""
        if seconds >= _SHORTEST:
            self._told(Waiting(self._connection, self._resource, seconds, reason))

    def send(self, network: Network, request: requests.Request) -> Answer:
        """Send a request, and tell how that went."""
        status, size, why = 0, 0, ""
        began = perf_counter()
        try:
            answer = network.send(request)
            status, size = answer.status, len(answer.body)
        except DuetrailError as error:
            status = (error.status or 0) if isinstance(error, FetchError) else 0
            why = type(error).__name__
            raise
        finally:
            seconds = perf_counter() - began
            method, url = request.method or "", url_without_query(request.url or "")
            place = (self._connection, self._resource)
            self._told(Request(*place, method, url, status, size, seconds, why))
        return answer


class _Silence(Listener):
    """Does the same, and tells nobody."""

    def __init__(self) -> None:
        super().__init__("", lambda event: None)

    def of(self, resource: str) -> Listener:
        return self

    def acquire(self, limiter: RateLimiter) -> float:
        return limiter.acquire()

    def wait(self, seconds: float, reason: str) -> None:
        pass

    def send(self, network: Network, request: requests.Request) -> Answer:
        return network.send(request)


tells_nobody = _Silence()
"""Of a session that nobody listens to."""
