"""The company's own calendar, and processes that take turns, in the order of their moments.

A process is a generator: it does what happens at one moment and yields the moment at which it goes
on. The company at any moment is what its processes have done up to then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from random import Random

# A constant and not the host's clock: the same seed must give the same bytes in any year.
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TODAY = NOW.date()
# Later than anything that happens.
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

_SATURDAY = 5


def noon(day: int) -> datetime:
    """The company's "now" when so many days have passed."""
    return NOW + timedelta(days=day)


@lru_cache(maxsize=65_536)
def stamp(moment: datetime) -> str:
    """Write an aware UTC moment as the vendors print it, such as ``2026-06-30T12:00:00Z``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def office_time(day: date, rng: Random) -> datetime:
    """Choose a moment of a working day (or the next one), between 08:00 and 16:59 UTC."""
    if day.weekday() >= _SATURDAY:
        day += timedelta(days=7 - day.weekday())
    hour, minute = rng.randint(8, 16), rng.randint(0, 59)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def after(moment: datetime, rng: Random, low: int, high: int) -> datetime:
    """Choose an office time ``low`` to ``high`` days after a moment, never before it."""
    chosen = office_time(moment.date() + timedelta(days=rng.randint(low, high)), rng)
    return max(chosen, moment + timedelta(minutes=rng.randint(3, 50)))


Process = Iterator[datetime]


class Schedule:
    """The processes of one customer, and the clock that only moves forward."""

    def __init__(self, clock: datetime) -> None:
        """Begin at a moment before anything happens."""
        self.clock = clock
        self._count = 0
        self._waiting: list[tuple[datetime, int, Process, Callable[[], bool]]] = []

    def add(
        self, at: datetime, process: Process, goes_on: Callable[[], bool] = lambda: True
    ) -> None:
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
