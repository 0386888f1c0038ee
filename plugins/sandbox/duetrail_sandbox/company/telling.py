"""How stories are told: processes of one customer take turns, in the order of their moments.

A process is a generator. It does what happens at one moment and yields the moment at which it
goes on; it ends, or is dropped once what it is about is settled. What a process does depends on
its own random numbers and on what has happened before, so the company at any moment is simply
what its processes have done up to then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import heappop, heappush

from duetrail_sandbox.company.clock import FOREVER

__all__ = ["Process", "Schedule"]

Process = Iterator[datetime]


class Schedule:
    """The processes of one customer, and the clock that only moves forward."""

    def __init__(self, clock: datetime) -> None:
        """Begin at a moment before anything happens."""
        self.clock = clock
        self._count = 0
        self._waiting: list[tuple[datetime, int, Process, Callable[[], bool]]] = []

    def add(self, at: datetime, process: Process, goes_on: Callable[[], bool]) -> None:
        """Let a process begin at a moment; it is dropped when ``goes_on`` says so."""
        self._count += 1
        heappush(self._waiting, (max(at, self.clock), self._count, process, goes_on))

    def run(self, until: datetime) -> None:
        """Let happen what happens up to a moment, that included."""
        while self._waiting and self._waiting[0][0] <= until:
            at, _, process, goes_on = heappop(self._waiting)
            self.clock = at
            following = next(process, None) if goes_on() else None
            if following is not None:
                self.add(following, process, goes_on)

    @property
    def following(self) -> datetime:
        """When something happens next; ``FOREVER`` where nothing does."""
        return self._waiting[0][0] if self._waiting else FOREVER
