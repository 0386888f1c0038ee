"""The pool: tasks go in, groups of results come out in the calling thread, in bounded memory.

The caller's thread makes the tasks and handles the results; workers only work. So whoever commits
needs no lock, and a slow store slows the workers instead of filling the memory (backpressure).
Small results are handed out together, so that they share a transaction; meanwhile the workers take
new tasks.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

T = TypeVar("T")
R = TypeVar("R")

# So many bytes of results may wait to be handled, beyond one of any size.
_MOST_BYTES = 2 * 1024 * 1024

# What a result counts at least, so that there are never very many of the smallest.
_LEAST_BYTES = 8 * 1024

# After so many tasks were taken, more are made.
_SOME = 16

# Seconds a worker gets to finish the answer it is reading when the pool ends early. The threads
# are daemons: one that hangs on a dead connection does not keep the process.
_PATIENCE = 5.0


class _Crash:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class _Finished(Generic[T, R]):
    """A worker is done with one task; its last result comes along, if that told of its end."""

    def __init__(self, task: T, last: R | None) -> None:
        self.task = task
        self.last = last


class Tasks(Protocol[T]):
    """Where a pool's tasks come from; only `take` and `read` are called by workers."""

    def prepare(self) -> None:
        """Make tasks ahead, several for each worker."""

    def waiting(self) -> int:
        """How many wait to be taken."""

    def take(self) -> T | None:
        """The next task; None where there is none before another was read or has ended."""

    def read(self, task: T, /) -> None:
        """A worker is done with a task; its last results may still wait to be handled."""

    def ended(self, task: T, /) -> None:
        """A task has ended, and its results were handled."""

    def is_due(self, read: Sequence[T], /) -> bool:
        """Whether something can begin only when the results of some tasks are handled.

        Args:
            read: The tasks that were read and wait for that; the last of them is new.
        """


class Limits(Struct, frozen=True):
    """How many results are handled together at most.

    Attributes:
        count: How many.
        size: The bytes from which on no more are added: larger ones gain nothing from company.
        seconds: How long the first of them waits for others.
    """

    count: int = 64
    size: int = 1024 * 1024
    seconds: float = 0.05


class _Group(Generic[T, R]):
    """Events that are handled together, and the tasks that end with them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._results: list[R] = []
        self._until = 0.0
        self.weight = 0
        self.finished: list[T] = []

    def __bool__(self) -> bool:
        return bool(self._results or self.finished)

    def add(self, result: R, weight: int) -> None:
        if not self._results:
            self._until = time.monotonic() + self._limits.seconds
        self._results.append(result)
        self.weight += weight

    def has_results(self) -> bool:
        return bool(self._results)

    def is_full(self) -> bool:
        return len(self._results) >= self._limits.count or self.weight >= self._limits.size

    def left(self) -> float | None:
        """Seconds it may still wait for others; None for ever, since nobody waits for it."""
        return max(0.0, self._until - time.monotonic()) if self._results else None

    def release(self) -> list[R]:
        """Its results, which are not kept here any more."""
        results, self._results = self._results, []
        return results


class _Room:
    """The bytes of what is on its way to the caller; one result is let in whatever it weighs."""

    def __init__(self) -> None:
        self._taken = 0
        # Taken by itself, never by the condition: that is quicker, and an interrupt that comes as a
        # condition lets go of its lock, which is Python, would leave it held for ever.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._is_open = False

    def take(self, weight: int) -> None:
        """Wait until there is room."""
        with self._lock:
            while self._taken and self._taken + weight > _MOST_BYTES and not self._is_open:
                self._changed.wait()
            self._taken += weight

    def give(self, weight: int) -> None:
        """Make room."""
        with self._lock:
            self._taken -= weight
            self._changed.notify_all()

    def open(self) -> None:
        """Let everybody in: nobody gives any more."""
        with self._lock:
            self._is_open = True
            self._changed.notify_all()


class Pool(Generic[T, R]):
    """Runs tasks on a fixed number of threads.

    Args:
        workers: How many threads.
        work: Yields the results of one task; runs in a worker.
        close: Called in each worker at its end, to release what it holds.
        abort: Called when the pool ends early, to wake workers that wait for something.
        weigh: How many bytes a result takes, about.
        can_wait: Whether a result may wait a moment, to be handled with others.
        is_last: Whether a result is the last of its task. It is then told together with the end
            of the task: to hand over two things takes twice the time.
        limits: How many are handled together.
    """

    def __init__(
        self,
        workers: int,
        work: Callable[[T], Iterator[R]],
        close: Callable[[], None],
        abort: Callable[[], None] = lambda: None,
        weigh: Callable[[R], int] = lambda result: 0,
        can_wait: Callable[[R], bool] = lambda result: False,
        is_last: Callable[[R], bool] = lambda result: False,
        limits: Limits | None = None,
    ) -> None:
        self._workers = workers
        self._work = work
        self._close = close
        self._abort = abort
        self._weigh = weigh
        self._can_wait = can_wait
        self._is_last = is_last
        self._limits = limits or Limits()
        self._room = _Room()
        self._finished = False
        self._group: _Group[T, R] = _Group(self._limits)
        self._lock = threading.Lock()  # taken by itself, as that of the room
        self._changed = threading.Condition(self._lock)  # there are new tasks, or the pool ends
        # How many tasks: workers change the first two, under the lock; the caller the others.
        self._waiting = 0  # are to be taken
        self._taken = 0  # were ever taken
        self._prepared = 0  # were to be taken when some were made last
        self._ended = 0  # ever told their end
        self._open = 0  # are made and have not told it yet
        self._is_ending = False
        # Bounded by the room.
        self._told: queue.SimpleQueue[R | _Finished[T, R] | _Crash] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def groups(self, tasks: Tasks[T]) -> Generator[list[R], None, None]:
        """Every result of every task, some at a time; each task's own in order.

        An error that escapes `work` is raised here, and so is whatever the tasks raise; results
        that wait come first, on an interrupt, too. Leaving early (`close()` on this iterator, an
        exception) ends the workers.
        """
        try:
            yield from self._drive(tasks)
            self._finished = True
        except GeneratorExit:
            raise
        except BaseException:
            if self._group.has_results():
                yield self._group.release()
            raise
        finally:
            self._end()

    def _drive(self, tasks: Tasks[T]) -> Iterator[list[R]]:
        self._prepare(tasks)
        while self._open or self._group:
            is_complete = not self._open or not self._collect(tasks)
            if is_complete or self._group.is_full():
                yield from self._deliver(tasks)
                self._prepare(tasks)

    def _prepare(self, tasks: Tasks[T]) -> None:
        """Have tasks ready, and threads for them."""
        tasks.prepare()
        with self._lock:
            self._waiting = self._prepared = tasks.waiting()
            self._changed.notify(self._waiting)
            self._open = self._taken - self._ended + self._waiting
        while len(self._threads) < min(self._workers, self._open):
            self._start_thread(tasks)

    def _collect(self, tasks: Tasks[T]) -> bool:
        """Add to the group what a worker tells next; whether it may wait for more."""
        try:
            told = self._told.get(timeout=self._group.left())
        except queue.Empty:
            return False
        if isinstance(told, _Crash):
            raise told.error
        if not isinstance(told, _Finished):
            return self._add(told)
        may_wait = told.last is None or self._add(told.last)
        self._group.finished.append(told.task)
        self._ended += 1
        self._open -= 1
        if not may_wait:
            return False
        left = self._waiting  # without the lock: it may be less by now, and is looked at again soon
        if not left or self._prepared - left >= _SOME:
            self._prepare(tasks)
        return self._group.has_results() and not tasks.is_due(self._group.finished)

    def _add(self, result: R) -> bool:
        """Add a result to the group; whether it may wait for others."""
        self._group.add(result, self._weight(result))
        return self._can_wait(result)

    def _deliver(self, tasks: Tasks[T]) -> Iterator[list[R]]:
        group = self._group
        if group.has_results():
            yield group.release()  # not kept here, or it would be there while others are read
        self._group = _Group(self._limits)
        self._room.give(group.weight)
        for task in group.finished:
            tasks.ended(task)

    def _weight(self, result: R) -> int:
        return max(self._weigh(result), _LEAST_BYTES)

    def _start_thread(self, tasks: Tasks[T]) -> None:
        number = len(self._threads) + 1
        thread = threading.Thread(
            target=self._thread, args=(tasks,), name=f"worker-{number}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _thread(self, tasks: Tasks[T]) -> None:
        try:
            while (task := self._next_task(tasks)) is not None:
                last: R | None = None
                for result in self._work(task):
                    self._room.take(self._weight(result))
                    if self._is_last(result):
                        last = result
                    else:
                        self._told.put(result)
                    del result
                    if self._is_ending:
                        return
                self._told.put(_Finished(task, last))
                del last
                tasks.read(task)
        except BaseException as error:
            self._told.put(_Crash(error))
        finally:
            self._close()

    def _next_task(self, tasks: Tasks[T]) -> T | None:
        """Wait for a task; None at the end of the pool."""
        with self._lock:
            while not self._is_ending:
                task = tasks.take()
                if task is not None:
                    self._waiting -= 1
                    self._taken += 1
                    return task
                self._changed.wait()
        return None

    def _end(self) -> None:
        with self._lock:
            self._is_ending = True
            self._changed.notify_all()
        self._room.open()
        if not self._finished:
            self._abort()
        patience = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, patience - time.monotonic()))
