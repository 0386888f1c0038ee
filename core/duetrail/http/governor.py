"""One gate per credential: every attempt of every worker passes it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from math import ceil, floor, inf
from typing import TYPE_CHECKING, cast

from duetrail.errors import DuetrailError
from duetrail.http.budget import Budget, window

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

# After a refusal, starts keep this many times the distance at which the vendor refused. Workers
# that were refused together would otherwise return together, and be refused again until they run
# out of attempts.
_SLACK = 1.25
# Seconds: what a first refusal may lead to, which may be somebody else's doing, and what many may.
_FIRST_GAP = 0.25
_LONGEST_GAP = 2.0
# Seconds in which that distance halves: the way back to full speed, and to the next refusal. Quick
# after one refusal, which may be the only one; twice as long after each further one, so that a
# vendor whose limit is below what we would send is asked too often ever more rarely.
_FIRST_HALVING = 2.0
_LONGEST_HALVING = 64.0
# Seconds without a refusal after which the next one is a first one again.
_CALM = 120.0
# Seconds; no system waits for any number of them at once, and then it is asked again.
_LONGEST_WAIT = 3600.0
# A refusal within so many seconds after a pause shows that the distance was far too short.
_SOON = 1.0


class Stopped(DuetrailError):
    """The run was stopped while a request waited for its turn; nothing was sent."""


class Governor:
    """Decides when an attempt may start, for all workers that share a credential.

    Three rules: not before a shared pause is over; never more starts than
    `requests_per_second` in any second; and after the vendor has refused for too many requests,
    one start after the other instead of all at once, closer together again as it goes well.

    With a `budget` the first two rules hold for all processes that share it.

    Args:
        requests_per_second: The most starts in any one second; None where the limit is unknown.
            Below 1 it is a request every so many seconds. A fraction above 1 is dropped: with
            2.5 some window of a second would hold three.
        budget: What is shared with other processes of this machine; None for nothing.
        clock: Seconds that only grow; for tests.
        wait: Sleeps for so many seconds, or less; for tests.

    Raises:
        ConfigError: The rate is not above 0.
    """

    def __init__(
        self,
        requests_per_second: float | None = None,
        *,
        budget: Budget | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._stopped = threading.Event()
        self._clock = clock
        self._wait = wait or self._stopped.wait
        self._lock = threading.Lock()
        self._budget = budget
        self._rate = inf
        self._bucket: InMemoryBucket | None = None
        if requests_per_second is not None:
            self.limit(requests_per_second)
        self._paused_until = clock()
        self._starts: deque[float] = deque(maxlen=1000)  # of the last second
        self._gap = 0.0  # seconds between starts at the end of the last pause
        self._halving = 0.0  # seconds in which it halves; 0 before the first refusal

    def limit(self, requests_per_second: float) -> None:
        """Keep this limit as well: the strictest counts. Not while workers ask for permits.

        Raises:
            ConfigError: The rate is not above 0.
        """
        allowed = window(requests_per_second)
        if requests_per_second >= self._rate:
            return
        self._rate = requests_per_second
        if self._budget is None:
            self._bucket = _bucket(*allowed)
        else:  # what keeps the limit for all processes keeps it for this one
            self._budget.limit(requests_per_second)

    def permit(self) -> None:
        """Return when an attempt may start; call it once per attempt.

        Raises:
            Stopped: `stop` was called, before or meanwhile.
        """
        while seconds := self._seconds_to_go():
            self._wait(min(seconds, _LONGEST_WAIT))

    def pause(self, seconds: float) -> None:
        """Have every worker wait this long from now; of several pauses the latest end counts.

        Args:
            seconds: What the vendor asked for, or a guess.
        """
        with self._lock:
            now = self._clock()
            # Refusals that arrive during a pause belong to the burst that caused it.
            if now >= self._paused_until:
                self._widen(now)
            self._paused_until = max(self._paused_until, now + seconds)
            if self._budget is not None:
                self._budget.pause(seconds)

    def rest(self, seconds: float) -> None:
        """Have this one worker wait, without holding up the others.

        Raises:
            Stopped: `stop` was called, before or meanwhile.
        """
        end = self._clock() + seconds
        self._refuse_if_stopped()
        while (left := end - self._clock()) > 0:
            self._wait(min(left, _LONGEST_WAIT))
            self._refuse_if_stopped()

    def stop(self) -> None:
        """End all waiting, now and from now on, with `Stopped`."""
        self._stopped.set()

    def _refuse_if_stopped(self) -> None:
        if self._stopped.is_set():
            raise Stopped("the run was stopped")

    def _seconds_to_go(self) -> float:
        """Zero, and the start is counted; or how long to wait before asking again."""
        self._refuse_if_stopped()
        with self._lock:
            now = self._clock()
            begin = max(self._paused_until, self._last_start() + self._current_gap(now))
            if now < begin:
                return begin - now
            if self._budget is not None and (seconds := self._budget.seconds_to_go()):
                return seconds
            if self._bucket is not None and (seconds := _take(self._bucket, now)):
                return seconds
            self._starts.append(now)
            return 0.0

    def _last_start(self) -> float:
        return self._starts[-1] if self._starts else -inf

    def _current_gap(self, now: float) -> float:
        if not self._gap:
            return 0.0
        gap = self._gap * 0.5 ** (max(0.0, now - self._paused_until) / self._halving)
        return gap if gap > 0.001 else 0.0

    def _widen(self, now: float) -> None:
        """Set the distance of starts after a refusal by how many the last second held."""
        while self._starts and self._starts[0] < now - 1:
            self._starts.popleft()
        seen = min(_SLACK / max(1, len(self._starts)), _FIRST_GAP)
        more = 2.0 if now < self._paused_until + _SOON else _SLACK
        self._gap = min(max(seen, more * self._current_gap(now)), _LONGEST_GAP)
        is_calm = now > self._paused_until + _CALM
        further = 0.0 if is_calm else 2 * self._halving
        self._halving = min(max(_FIRST_HALVING, further), _LONGEST_HALVING)


def _bucket(starts: int, seconds: float) -> InMemoryBucket:
    # Loaded late: it is slow to import, and most connections have no known limit.
    from pyrate_limiter import InMemoryBucket, Rate

    return InMemoryBucket([Rate(starts, ceil(1000 * seconds))])


def _take(bucket: InMemoryBucket, now: float) -> float:
    from pyrate_limiter import RateItem

    item = RateItem("", floor(now * 1000))
    bucket.leak(item.timestamp)
    if bucket.put(item):
        return 0.0
    return max(1, cast("int", bucket.waiting(item))) / 1000
