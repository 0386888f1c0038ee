"""Long waits before retries are told once: workers that wait for the same would all say so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from duetrail.http import session
from duetrail.http.session import RETRY

# Seconds; a shorter wait is usual where a vendor limits the rate. The display and -v show it.
_SHORT = 5.0


class Once(logging.Filter):
    """Lets a message about a long wait pass once until the time it speaks of is over.

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
        message, seconds = str(record.args[1]), float(str(record.args[2]))
        now = self._clock()
        if seconds < _SHORT or now < self._until.get(message, 0.0):
            return False
        self._until[message] = now + seconds
        return True


@contextmanager
def told_once() -> Iterator[None]:
    """Tell of each retry once, within the block."""
    log, once = logging.getLogger(session.__name__), Once()
    log.addFilter(once)
    try:
        yield
    finally:
        log.removeFilter(once)
