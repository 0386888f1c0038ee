"""What a run asks no more, decided as results arrive, in the worker that read them.

Refused credentials stop a connection, a refused permission or a vendor that does not answer a
resource. Whoever handles the results may be late by a group of them; until then workers would ask
many times in vain.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from duetrail.errors import DuetrailError, Forbidden, Unauthorized, Unavailable
from duetrail.pipeline.read import ReadResult
from duetrail.streams import Stream

GIVE_UP_AFTER = 10
"""So many keys in a row without an answer mean the vendor is down, not that the keys are bad."""


class Stops:
    """The connections and streams that are not asked any more; safe to be used by any thread."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._silent: Counter[str] = Counter()  # keys in a row without an answer, by stream
        self._lock = threading.Lock()

    def __contains__(self, stream: Stream) -> bool:
        return stream.name in self._names or stream.connection.name in self._names

    def observe(self, stream: Stream, error: DuetrailError | None) -> bool:
        """Note how a task of a stream ended.

        Returns:
            Whether the stream is given up with it, since its vendor does not answer.
        """
        if isinstance(error, Unauthorized):
            self._names.add(stream.connection.name)
        elif isinstance(error, Forbidden):
            self._names.add(stream.name)
        if not isinstance(error, Unavailable):
            if self._silent:
                self._silent.pop(stream.name, None)
            return False
        with self._lock:
            self._silent[stream.name] += 1
            gives_up = self._silent[stream.name] == GIVE_UP_AFTER
        if gives_up:
            self._names.add(stream.name)
        return gives_up

    def observed(self, results: Iterable[ReadResult]) -> Iterator[ReadResult]:
        """The results of a task, noted as they come; the one that gives its stream up says so."""
        for result in results:
            gives_up = bool(result.end) and self.observe(result.task.stream, result.error)
            yield replace(result, gives_up=True) if gives_up else result
