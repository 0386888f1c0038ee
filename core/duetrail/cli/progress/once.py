"""Retries are told once: workers that wait for the same thing would all say so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from duetrail.http import session
from duetrail.http.session import RETRY


class Once(logging.Filter):
    """Lets a message about a retry pass once until the time it speaks of is over.

    Args:
        clock: Seconds that only grow; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._until: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a message is told."""
        if record.msg != RETRY or not isinstance(record.args, tuple):
            return True
        _, message, seconds = record.args
        now = self._clock()
        is_new = now >= self._until.get(str(message), 0.0)
        if is_new:
            self._until[str(message)] = now + float(str(seconds))
        return is_new


@contextmanager
def told_once() -> Iterator[None]:
    """Tell of each retry once, within the block."""
    log, once = logging.getLogger(session.__name__), Once()
    log.addFilter(once)
    try:
        yield
    finally:
        log.removeFilter(once)
