"""What is known of what goes on: which resources or tables, how far, how fast, waiting for what."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct, field

from duetrail.cli.output import one_line
from duetrail.cli.troubles import counted
from duetrail.pipeline.events import (
    CountedProgress,
    Detail,
    Progress,
    Request,
    ResourceState,
    Waiting,
)

Clock = Callable[[], float]
"""Tells the time in seconds since 1970."""

# Seconds that a rate is taken over.
_SPAN = 30.0


class Words(NamedTuple):
    """How it is told.

    Attributes:
        step: What is gone through one by one: a resource, a table.
        done: What has become of one that has ended.
        item: What is counted in it.
        has_pages: Whether pages are counted, too.
        has_requests: Whether requests are.
    """

    step: str
    done: str
    item: str
    has_pages: bool = False
    has_requests: bool = False


SYNC = Words("resource", "read", "item", has_pages=True, has_requests=True)
"""How a sync is told."""

MAPPING = Words("resource", "mapped", "item", has_pages=True)
"""How it is told that kept pages are mapped again."""


class Rate:
    """How many a second, over the last half minute, or since the last time before it."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, count: int) -> None:
        """Note how many there were by now; once a second is enough."""
        if not self._seen or now - self._seen[-1][0] >= 1.0:
            self._seen.append((now, count))
        while len(self._seen) > 1 and now - self._seen[1][0] >= _SPAN:
            self._seen.popleft()

    def per_second(self, now: float, count: int) -> float:
        """How many a second, where there are so many now; 0 within the first second."""
        at, before = self._seen[0] if self._seen else (now, count)
        return (count - before) / (now - at) if now - at >= 1.0 else 0.0


class Reading(Struct):
    """A resource that is being read, or a table.

    Attributes:
        name: `connection.resource`, or the name of the table.
        began: When it began.
        pages: Pages received so far.
        items: Items received so far.
        of_pages: How many pages there are; 0 where that is not known.
        of_items: How many items there are; 0 where that is not known.
        rate: Of its items.
        until: Until when it waits; 0 where it does not.
        reason: What for.
    """

    name: str
    began: float
    pages: int = 0
    items: int = 0
    of_pages: int = 0
    of_items: int = 0
    rate: Rate = field(default_factory=Rate)
    until: float = 0.0
    reason: str = ""


class Board:
    """How far it is, made of the events of an observer; safe to be used by any thread.

    Args:
        clock: Tells the time.
        words: How it is told.

    Attributes:
        began: When the first resource began; 0 before that.
        total: How many resources, or tables, there are in all.
        done: How many have ended.
        requests: Requests that were sent.
        pages: Pages received.
        of_pages: How many there are of all that has begun; 0 where that is not known.
        items: Items received.
        rate: Of all items.
    """

    def __init__(self, clock: Clock, words: Words = SYNC) -> None:
        self.clock = clock
        self._words = words
        self.began = 0.0
        self.total = self.done = self.requests = self.pages = self.of_pages = self.items = 0
        self.rate = Rate()
        self._readings: dict[tuple[str, str], Reading] = {}  # by connection and resource
        self._lock = threading.Lock()

    def progress(self, progress: Progress) -> None:
        """Note what was committed."""
        now = self.clock()
        with self._lock:
            reading = self._readings.get(_place(progress))
            if reading is None:
                return
            if isinstance(progress, CountedProgress):
                self.of_pages += progress.of_pages - reading.of_pages
                reading.of_pages, reading.of_items = progress.of_pages, progress.of_items
            self.pages += progress.pages - reading.pages
            self.items += progress.items - reading.items
            reading.pages, reading.items = progress.pages, progress.items
            reading.rate.note(now, reading.items)
            self.rate.note(now, self.items)

    def detail(self, event: Detail) -> None:
        """Note a request, a wait, or a resource that begins or has ended."""
        now = self.clock()
        with self._lock:
            if isinstance(event, ResourceState):
                self._note_state(event, now)
            elif isinstance(event, Request):
                self.requests += 1
                if reading := self._readings.get(_place(event)):
                    reading.until = 0.0
            elif reading := self._readings.get(_place(event)):
                reading.until, reading.reason = now + event.seconds, event.reason

    def _note_state(self, event: ResourceState, now: float) -> None:
        place = _place(event)
        if event.state != "begun":
            self.done += self._readings.pop(place, None) is not None
            return
        if self.done == self.total:  # another sync begins, such as that of the next window
            self.done = self.total = 0
        self.began = self.began or now
        self.total = max(self.total, event.of, self.done + len(self._readings) + 1)
        self._readings[place] = reading = Reading(_name(event), now)
        reading.rate.note(now, 0)
        self.rate.note(now, self.items)

    def readings(self) -> list[Reading]:
        """The resources that are being read, those that brought nothing yet last."""
        with self._lock:
            return sorted(self._readings.values(), key=lambda one: not one.items)

    def whole(self) -> str:
        """In one line: how much of all is done, and for how long."""
        now, words = self.clock(), self._words
        parts = [f"{_of(self.done, self.total, words.step)} {words.done}"]
        if words.has_requests:
            parts.append(counted(self.requests, "request"))
        if self.of_pages:
            parts.append(_of(self.pages, self.of_pages, "page"))
        rate = _rate(self.rate.per_second(now, self.items))
        parts += [counted(self.items, words.item) + rate, duration(now - self.began)]
        return ", ".join(parts)

    def told(self, reading: Reading) -> str:
        """In one line: how far a resource or a table is, how fast, and what it waits for."""
        now = self.clock()
        text = f"{_of(reading.pages, reading.of_pages, 'page')}, " if self._words.has_pages else ""
        text += _of(reading.items, reading.of_items, self._words.item)
        text += _rate(reading.rate.per_second(now, reading.items))
        if reading.until > now:
            text += f", waits {duration(reading.until - now)}{until(reading.until, reading.reason)}"
        return text


def waiting(event: Waiting, now: float) -> str:
    """A wait that begins now, as a line."""
    end = until(now + event.seconds, event.reason)
    return one_line(f"{_name(event)}: waits {duration(event.seconds)}{end}")


def requested(event: Request) -> str:
    """A request that was sent, as a line."""
    answer = f"{event.status}" if event.status else "no answer"
    why = f" ({event.error})" if event.error else ""
    text = f"{_name(event)}: {event.method} {event.url} {answer}{why}"
    return one_line(f"{text}, {event.size:,} bytes, {event.seconds * 1000:,.0f} ms")


def duration(seconds: float) -> str:
    """A time as people say it: `45 s`, `3 min 5 s`, `2 h 3 min`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def clock_time(at: float) -> str:
    """The time of the day in UTC: `03:05:20Z`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%SZ}"


_REASONS = {
    "rate limit": "for the rate limit",
    "next attempt": "before the next attempt",
    "vendor": "for the vendor to be ready",
}


def until(at: float, reason: str) -> str:
    """What a wait is for, and when it ends."""
    return f" {_REASONS.get(reason, reason)}, until {clock_time(at)}"


def _of(count: int, total: int, one: str) -> str:
    """How many of how many, where that is known: `12 of 30 pages`, `12 pages`."""
    return f"{count:,} of {counted(total, one)}" if total else counted(count, one)


def _rate(rate: float) -> str:
    if rate >= 10:
        return f" ({rate:,.0f}/s)"
    return f" ({rate:.1f}/s)" if rate >= 0.1 else ""


def _place(event: Progress | Detail) -> tuple[str, str]:
    return event.connection, event.resource


def _name(event: Progress | Detail) -> str:
    return one_line(".".join(filter(None, (event.connection, event.resource))))
