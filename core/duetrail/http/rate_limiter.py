"""One rate limiter per credential: every attempt of every worker asks it when it may start."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from itertools import count
from math import inf

from duetrail.errors import DuetrailError
from duetrail.http.backoff import Backoff
from duetrail.http.budget import Clock, RateBudget
from duetrail.http.learned_rate import LearnedRate
from duetrail.http.slots import LATE, Slots, boot_clock

# How many slots a request may miss.
_MOST_LATE = 3

# Seconds; no system waits for any number of them at once, and then it is asked again.
_LONGEST_WAIT = 3600.0

# After refusals that do not say for how long: four of them make a minute, since many limits are
# per minute, and five attempts are usual.
_AFTER_REFUSALS = Backoff(0.5, 60.0, factor=5.0, share=lambda: random.uniform(0.8, 1.0))


Waits = Callable[[float], object]
"""Is told how many seconds a request waits for its start."""


class Stopped(DuetrailError):
    """The run was stopped while a request waited for its turn; nothing was sent."""


class RateLimiter:
    """Decides when an attempt may start, for all workers that share a credential.

    Three rules: not before a shared pause is over; never more starts than
    `requests_per_second` in any second; and after the vendor has refused for too many requests,
    one start after the other instead of all at once, closer together again as it goes well.

    Workers queue for one slot after the other, so that a process never holds more than one.

    Args:
        requests_per_second: The most starts in any one second; None where the limit is unknown.
            Below 1 it is a request every so many seconds. A fraction above 1 is dropped: with
            2.5 some window of a second would hold three.
        slots: Where starts are reserved; None for this limiter's own.
        clock: Seconds that only grow, the same as other users of the slots have; for tests.
        wait: Sleeps for so many seconds, or less; for tests.
        backoff: The pauses after refusals that do not say for how long.

    Raises:
        ConfigError: The rate is not above 0.
    """

    def __init__(
        self,
        requests_per_second: float | None = None,
        *,
        slots: RateBudget | None = None,
        clock: Clock = boot_clock,
        wait: Callable[[float], object] | None = None,
        backoff: Backoff = _AFTER_REFUSALS,
    ) -> None:
        self._stopped = threading.Event()
        self._clock = clock
        self._wait = wait or self._stopped.wait
        self._queue = threading.Lock()
        self._lock = threading.Lock()
        self._slots: RateBudget = slots or Slots()
        if requests_per_second is not None:
            self.limit(requests_per_second)
        self._backoff = backoff
        self._learned = LearnedRate()
        self._paused_from = -inf
        self._refusals = 0  # pauses after a refusal, one after the other

    def limit(self, requests_per_second: float) -> None:
        """Keep this limit as well: the strictest counts. Not while workers acquire.

        Raises:
            ConfigError: The rate is not above 0.
        """
        self._slots.limit(requests_per_second)

    def acquire(self, waits: Waits | None = None) -> float:
        """Return when an attempt may start; call it once per attempt.

        Args:
            waits: Is told how many seconds it will take, where this worker has to wait. Those
                that queue behind it are not.

        Returns:
            The time of the start, for `back_off` and `succeeded`.

        Raises:
            Stopped: `stop` was called, before or meanwhile.
        """
        self._refuse_if_stopped()
        # Workers queue here: only the next one to start holds a slot.
        with self._queue:
            # A late start would come too close to the next one. On a machine or disk so slow that
            # each comes late, one of them has to do.
            for tries in count(1):
                self._refuse_if_stopped()
                began = self._clock()
                start = self._wait_for_slot(began, waits)
                now = self._clock()
                is_in_time = now <= start + 2 * LATE or tries >= _MOST_LATE
                # Whoever waited may have slept into a pause that has begun since.
                if is_in_time and (start <= began or self._slots.paused_until(now) <= now):
                    break
            with self._lock:
                self._learned.started(now)
            return now

    def pause(self, seconds: float) -> None:
        """Have every worker wait this long from now; of several pauses the latest end counts.

        Args:
            seconds: What the vendor asked for, or a guess.
        """
        with self._lock:
            now = self._clock()
            self._refused(now, inf)
            self._slots.pause(now, seconds)

    def back_off(
        self, asked: float | None = None, *, attempt: int = 1, started: float = inf
    ) -> float:
        """Have every worker wait after a refusal for too many requests.

        Without a success in between, or for the same request, each pause is several times as long
        as the one before; it is never shorter than what the vendor asks for.

        Args:
            asked: Seconds the vendor asks for, if it does.
            attempt: How often the refused request was tried.
            started: When the refused attempt started. Those sent before a pause belong to the
                burst that caused it.

        Returns:
            Seconds until the end of the pause.
        """
        with self._lock:
            now = self._clock()
            # Ten workers that are refused together were refused once.
            if self._refused(now, started):
                self._refusals += 1
            seconds = self._backoff.seconds(max(self._refusals, attempt))
            left = self._slots.paused_until(now) - now
            # A long pause has room for what a burst adds to it.
            seconds = max(asked or 0.0, left if 0.0 < left >= 0.5 * seconds else seconds)
            self._slots.pause(now, seconds)
            return seconds

    def succeeded(self, started: float) -> None:
        """Note that an attempt that started then was not refused."""
        with self._lock:
            if started > self._paused_from:
                self._refusals = 0

    def sleep(self, seconds: float) -> None:
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

    def _wait_for_slot(self, now: float, waits: Waits | None) -> float:
        """Take a slot and sleep until its time; no polling."""
        with self._lock:
            start, behind = self._slots.take(now, self._learned.gap(now))
        try:
            if waits is not None and start > now:
                waits(start - now)
            while (left := start - self._clock()) > 0:
                self._wait(min(left, _LONGEST_WAIT))
                self._refuse_if_stopped()
        except BaseException:
            # Nobody will start at this time: the next one may, instead of waiting for its own.
            self._slots.give_back(self._clock(), start, behind)
            raise
        return start

    def _refused(self, now: float, started: float) -> bool:
        """Whether a refusal is the first of its burst, which then counts."""
        if started <= self._paused_from or now < self._slots.paused_until(now):
            return False
        self._learned.refused(now)
        self._paused_from = now
        return True
