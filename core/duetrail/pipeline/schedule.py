"""The schedule: which task is next, of the resources whose feeders were read.

A resource begins when what feeds it is there, whatever else still goes on; a slow or paused
connection keeps no other from its share of the workers.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import islice

from duetrail.pipeline.read import Task
from duetrail.streams import Stream

# So many tasks are made ahead, and at least so many for each worker: many at a time, since to wait
# for one, and to be woken, costs a thread more than a small task.
_AHEAD = 64
_AHEAD_EACH = 4


class Schedule:
    """Makes tasks in the thread that handles their results, and hands them out to any.

    Args:
        feeders: Every stream with those that have to end before it begins.
        workers: How many tasks are worked on at once.
        begin: Makes the tasks of a stream, when it may begin.
        finish: Is told when every task of a stream has ended, and of those of its connection that
            are read at the same time and show the same kinds of records: what one of them lacks,
            another may show.
    """

    def __init__(
        self,
        feeders: Mapping[Stream, Sequence[Stream]],
        workers: int,
        begin: Callable[[Stream], Iterator[Task]],
        finish: Callable[[Stream], None],
    ) -> None:
        self._workers = workers
        self._begin = begin
        self._finish = finish
        self._sorter = TopologicalSorter(feeders)
        self._sorter.prepare()
        self._lock = threading.Lock()  # of the next two
        self._waiting: dict[Stream, deque[Task]] = {}  # for a worker; the streams in turn
        self._busy: Counter[str] = Counter()  # tasks that a worker has, by connection
        self._making: dict[Stream, Iterator[Task]] = {}  # of streams that may have more tasks
        self._running: Counter[Stream] = Counter()  # tasks that have not ended
        self._read: list[Stream] = []  # to their end, but not finished
        self._unfinished = Counter(stream.connection.name for stream in feeders)
        self._connections = set(self._unfinished)  # with streams that are not finished

    def prepare(self) -> None:
        """Make tasks ahead, so that workers find some while their results are handled."""
        while self._sorter.is_active():
            for ready in self._sorter.get_ready():
                self._making[ready] = self._begin(ready)
            ended = [stream for stream in list(self._making) if not self._make_tasks(stream)]
            if not ended:
                break
            for stream in ended:
                self._end(stream)

    def waiting(self) -> int:
        """How many tasks wait for a worker."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def _make_tasks(self, stream: Stream) -> bool:
        """Make a stream's next tasks if few wait; whether it may have more."""
        most = max(_AHEAD, _AHEAD_EACH * self._workers)
        wanted = most - len(self._waiting.get(stream, ()))
        if wanted < most // 2:
            return True
        made = list(islice(self._making[stream], wanted))
        if made:
            with self._lock:
                self._waiting.setdefault(stream, deque()).extend(made)
            self._running[stream] += len(made)
        if len(made) == wanted:
            return True
        del self._making[stream]
        return False

    def take(self) -> Task | None:
        """The next task; None where a worker has to wait for one. Any thread may ask."""
        with self._lock:
            stream = self._next()
            if stream is None:
                return None
            tasks = self._waiting.pop(stream)
            task = tasks.popleft()
            if tasks:
                self._waiting[stream] = tasks  # behind those that wait for their turn
            self._busy[stream.connection.name] += 1
            return task

    def read(self, task: Task) -> None:
        """Note that a worker is done with a task; its results may still wait to be handled."""
        with self._lock:
            self._busy[task.stream.connection.name] -= 1

    def is_due(self, read: Sequence[Task]) -> bool:
        """Whether a stream waits for nothing but that the results of its tasks are handled.

        Args:
            read: The tasks that were read and wait for that; the last of them is new.
        """
        stream = read[-1].stream
        if stream in self._making or stream in self._waiting:
            return False
        return self._running[stream] == sum(task.stream is stream for task in read)

    def ended(self, task: Task) -> None:
        """Note that a task has ended, and that its results were handled."""
        self._running[task.stream] -= 1
        self._end(task.stream)

    def _end(self, stream: Stream) -> None:
        if self._is_going_on(stream):
            return
        self._read.append(stream)
        for one in [one for one in self._read if not self._waits(one)]:
            self._read.remove(one)
            self._finish(one)
            self._sorter.done(one)
            with self._lock:
                self._unfinished[one.connection.name] -= 1
                if not self._unfinished[one.connection.name]:
                    self._connections.discard(one.connection.name)

    def _is_going_on(self, stream: Stream) -> bool:
        return stream in self._making or self._running[stream] > 0

    def _waits(self, stream: Stream) -> bool:
        going_on = [one for one in {*self._making, *self._running} if self._is_going_on(one)]
        return any(
            one.connection.name == stream.connection.name and _kinds(one) & _kinds(stream)
            for one in going_on
        )

    def _next(self) -> Stream | None:
        """Of the connections that may have another worker, the one with the fewest."""
        waiting = [stream for stream in self._waiting if self._has_room(stream.connection.name)]
        if len(waiting) < 2:
            return waiting[0] if waiting else None
        return min(waiting, key=lambda stream: self._busy[stream.connection.name])

    def _has_room(self, connection: str) -> bool:
        """Whether a connection may have another worker.

        Where there are others, a worker is kept for each that has none: it may begin any moment.
        """
        others = self._connections - {connection}
        if not others:
            return True
        free = self._workers - self._busy.total()
        idle = sum(not self._busy[name] for name in others)
        return free > (idle if self._busy[connection] else 0)


def _kinds(stream: Stream) -> set[type]:
    return set(stream.resource.yields)
