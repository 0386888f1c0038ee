"""Start times of requests, handed out one after the other: the one rate limiter.

Whoever wants to send takes a slot once, under one short lock, and sleeps until its time. `Slots`
keeps the next free time in this process; `SharedRateLimit` keeps it in a small file for all
processes of a user on one machine.
"""

from __future__ import annotations

import logging
import os
import random
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from math import floor, isfinite
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from duetrail.errors import ConfigError

LATE = 0.01
"""Seconds a start may be late without loss: the slots behind it keep their times."""

# A window a little wider than promised: half of it makes up for late starts, half for ways to the
# vendor of different length.
_MARGIN = 1.02

# Seconds; a slot or a pause that lies farther ahead comes from a damaged file.
_FARTHEST_SLOT = 60.0
_FARTHEST_PAUSE = 600.0
# Slots of a slow rate lie far ahead, and rightly so: one for each process.
_MOST_PROCESSES = 100

# Seconds for which the limit of another process holds after its last request.
_REMEMBERED = 60.0

# Seconds; the slowest rate that can be set has one request in eleven days.
_LONGEST_INTERVAL = 2e6

# Seconds in all; a lock is held for microseconds, unless its holder is suspended.
_LONGEST_LOCK = 1.0

_FORMAT = struct.Struct("<4d")
_TO_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)

_log = logging.getLogger(__name__)
_told: set[str] = set()


class SlotState(Struct, frozen=True):
    """What the processes share, in seconds of the clock since boot.

    Attributes:
        next: The next free start time.
        paused_until: Until when everybody waits.
        interval: The largest distance of starts that a process asked for; 0 for none.
        interval_until: Until when it holds.
    """

    next: float = 0.0
    paused_until: float = 0.0
    interval: float = 0.0
    interval_until: float = 0.0

    def at(self, now: float, interval: float) -> SlotState:
        """What of it can be true now, where starts keep this distance."""
        holds = now < self.interval_until and self.interval < _LONGEST_INTERVAL
        strict = self.interval if holds else 0.0
        farthest = max(_FARTHEST_SLOT, _MOST_PROCESSES * max(interval, strict))
        strict = strict if self.interval_until < now + 2 * farthest else 0.0
        return SlotState(
            self.next if self.next < now + farthest else 0.0,
            self.paused_until if self.paused_until < now + _FARTHEST_PAUSE else 0.0,
            strict,
            self.interval_until if strict else 0.0,
        )


class Slots:
    """The start times of one process.

    Attributes:
        interval: Seconds between two starts; 0 where no limit is known.
    """

    def __init__(self, requests_per_second: float | None = None) -> None:
        self.interval = interval_of(requests_per_second)
        self._state = SlotState()
        self._lock = threading.Lock()

    def limit(self, requests_per_second: float) -> None:
        """Keep this limit as well: the strictest holds."""
        self.interval = max(self.interval, interval_of(requests_per_second))

    def take(self, now: float, gap: float = 0.0) -> tuple[float, float]:
        """Reserve the next start.

        Args:
            now: What the clock says.
            gap: Seconds to keep free behind it, if that is more than the limit asks for.

        Returns:
            When to start, which may be some milliseconds ago, and the slot behind it.
        """
        if not (self.interval or gap):
            seen = self._read(now)
            if not seen.interval:
                return max(now, seen.paused_until), 0.0
        start = now

        def reserve(state: SlotState) -> SlotState:
            nonlocal start
            start = max(now - LATE, state.next, state.paused_until)
            strict = max(self.interval, state.interval)
            # Whoever asked for the strictest limit keeps it alive with each start.
            mine = max(start, now) + max(_REMEMBERED, strict) if self.interval == strict else 0.0
            until = max(state.interval_until, mine)
            return SlotState(start + max(strict, gap), state.paused_until, strict, until)

        behind = self._update(now, reserve).next
        return start, behind

    def give_back(self, now: float, start: float, behind: float) -> None:
        """Free a slot that was taken and not used, if nobody took the one behind it yet."""

        def free(state: SlotState) -> SlotState:
            return replace(state, next=start) if state.next == behind else state

        if behind:
            self._update(now, free)

    def pause(self, now: float, seconds: float) -> None:
        """Have everybody wait this long; of several pauses the latest end counts."""

        def lengthen(state: SlotState) -> SlotState:
            return replace(state, paused_until=max(state.paused_until, now + seconds))

        self._update(now, lengthen)

    def paused_until(self, now: float) -> float:
        """Until when everybody waits."""
        return self._read(now).paused_until

    def _read(self, now: float) -> SlotState:
        return self._state.at(now, self.interval)

    def _update(self, now: float, change: Callable[[SlotState], SlotState]) -> SlotState:
        with self._lock:
            self._state = change(self._state.at(now, self.interval))
            return self._state


class SharedRateLimit(Slots):
    """The start times of all processes that know the same file.

    The file has a fixed size and is written in place, so that a full disk does no harm. Where it
    cannot be used, this process goes on by itself, and says so once.

    Args:
        path: The file.
        requests_per_second: The limit; None where unknown.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, path: Path, requests_per_second: float | None = None) -> None:
        super().__init__(requests_per_second)
        self.path = path
        self._alone = False
        with self._open() as file:
            if os.fstat(file).st_size < _FORMAT.size:  # room for it, while there is some
                os.pwrite(file, _FORMAT.pack(0.0, 0.0, 0.0, 0.0), 0)

    def _read(self, now: float) -> SlotState:
        if not self._alone:
            with suppress(OSError):
                file = os.open(self.path, _TO_READ)  # anew each time, as in `_open`
                try:
                    self._state = _unpacked(os.pread(file, _FORMAT.size, 0))
                finally:
                    os.close(file)
        return super()._read(now)

    def _update(self, now: float, change: Callable[[SlotState], SlotState]) -> SlotState:
        if not self._alone:
            try:
                with self._lock, self._locked() as file:
                    state = _unpacked(os.pread(file, _FORMAT.size, 0)).at(now, self.interval)
                    changed = change(state)
                    os.pwrite(file, _packed(changed), 0)
                    self._state = changed
                    return changed
            except OSError as error:
                self._alone = True
                warn_unshared(f"{self.path.parent} cannot be used: {error.strerror}")
        return super()._update(now, change)

    @contextmanager
    def _open(self, mode: int = os.O_RDWR | os.O_CREAT) -> Iterator[int]:
        # Anew each time: somebody may have tidied up the folder, and a fork shares no lock.
        file = os.open(self.path, mode | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            yield file
        finally:
            os.close(file)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        for _ in range(2):
            end = time.monotonic() + _LONGEST_LOCK
            while time.monotonic() < end:
                with self._open() as file:
                    if _lock(file) and _is_same(file, self.path):
                        yield file
                        return
                    number = os.fstat(file).st_ino
                time.sleep(random.uniform(0.0005, 0.002))
            self._replace(number)
        raise TimeoutError(0, "its lock is never free")

    def _replace(self, number: int) -> None:
        """Leave the file to the suspended process that holds its lock, and go on with a copy."""
        draft = self.path.with_suffix(f".{os.getpid()}")
        try:
            with self._open(os.O_RDONLY) as file:
                if os.fstat(file).st_ino != number:
                    return  # somebody else did it already
                draft.touch(mode=0o600)
                draft.write_bytes(os.pread(file, _FORMAT.size, 0))
            draft.replace(self.path)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        _log.info("a suspended process held the lock of a shared limit; the others go on")


def boot_clock() -> float:
    """Seconds since this machine was started, the same for all its processes; never set back."""
    if hasattr(time, "CLOCK_BOOTTIME"):  # counts while a laptop sleeps, too
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def interval_of(requests_per_second: float | None) -> float:
    """Seconds between two starts at this rate; 0 where none is known.

    A fraction above 1 is dropped: with 2.5 some window of a second would hold three.

    Raises:
        ConfigError: The rate is not above 0.
    """
    if requests_per_second is None:
        return 0.0
    if not requests_per_second > 0:
        raise ConfigError(
            f"requests_per_second is {requests_per_second:g}, and must be above 0",
            hint="Leave it out where the vendor announces no limit.",
        )
    if requests_per_second < 1 or not isfinite(requests_per_second):
        return _MARGIN / requests_per_second
    return _MARGIN / floor(requests_per_second)


def warn_unshared(why: str) -> None:
    """Warn once that rate limits are not shared with other processes."""
    if not _told:
        _told.add(why)
        _log.warning(
            "rate limits are not shared with other processes, since %s; run one sync at a time, or "
            "set DUETRAIL_LIMITS_DIR to a folder that is readable and writable for you only",
            why,
        )


def _packed(state: SlotState) -> bytes:
    return _FORMAT.pack(state.next, state.paused_until, state.interval, state.interval_until)


@lru_cache(maxsize=1)  # mostly it is the same as before
def _unpacked(data: bytes) -> SlotState:
    values = _FORMAT.unpack(data) if len(data) == _FORMAT.size else ()
    return SlotState(*values) if all(isfinite(value) for value in values) else SlotState()


def _lock(file: int) -> bool:
    import fcntl  # nothing is shared where there is none

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
