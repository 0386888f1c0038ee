"""The pool: tasks go in, events come out in the calling thread, in bounded memory.

The caller's thread makes the tasks and handles the events; workers only work. So whoever commits
needs no lock, and a slow store slows the workers instead of filling the memory.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
E = TypeVar("E")

# Pages may be megabytes: so many may wait to be committed, however many workers there are.
_AHEAD = 4

# And so many bytes of them, beyond one page; what is made of a page takes several times its size.
_MOST_BYTES = 2 * 1024 * 1024

# Seconds a worker gets to finish the answer it is reading when the pool ends early. The threads
# are daemons: one that hangs on a dead connection does not keep the process.
_PATIENCE = 5.0


class _Crash:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class Tasks(Protocol[T]):
    """Where a pool's tasks come from; used in the caller's thread alone."""

    def take(self) -> T | None:
        """The next task; None where there is none before another has ended, or none any more."""

    def ended(self, task: T, /) -> None:
        """A task has ended, and its events were handled."""


class _Finished(Generic[T]):
    """A worker is done with one task."""

    def __init__(self, task: T) -> None:
        self.task = task


class _Room:
    """The bytes of what is on its way to the caller; one event is let in whatever it weighs."""

    def __init__(self) -> None:
        self._taken = 0
        self._changed = threading.Condition()
        self._is_open = False

    def take(self, weight: int) -> None:
        """Wait until there is room."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._is_open or not self._taken or self._taken + weight <= _MOST_BYTES
            )
            self._taken += weight

    def give(self, weight: int) -> None:
        """Make room."""
        with self._changed:
            self._taken -= weight
            self._changed.notify_all()

    def open(self) -> None:
        """Let everybody in: nobody gives any more."""
        with self._changed:
            self._is_open = True
            self._changed.notify_all()


class Pool(Generic[T, E]):
    """Runs tasks on a fixed number of threads.

    Args:
        workers: How many threads.
        work: Yields the events of one task; runs in a worker.
        close: Called in each worker at its end, to release what it holds.
        abort: Called when the pool ends early, to wake workers that wait for something.
        weigh: How many bytes an event is about, as far as that is much.
    """

    def __init__(
        self,
        workers: int,
        work: Callable[[T], Iterator[E]],
        close: Callable[[], None],
        abort: Callable[[], None] = lambda: None,
        weigh: Callable[[E], int] = lambda event: 0,
    ) -> None:
        self._workers = workers
        self._work = work
        self._close = close
        self._abort = abort
        self._weigh = weigh
        self._room = _Room()
        self._finished = False
        self._todo: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._events: queue.Queue[E | _Finished[T] | _Crash] = queue.Queue(maxsize=_AHEAD)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def events(self, tasks: Tasks[T]) -> Generator[E, None, None]:
        """Every event of every task; each task's own in order.

        An error that escapes `work` is raised here, and so is whatever the tasks raise. Leaving
        early (`close()` on this iterator, an exception) ends the workers.
        """
        try:
            yield from self._drive(tasks)
            self._finished = True
        finally:
            self._end()

    def _drive(self, tasks: Tasks[T]) -> Iterator[E]:
        running = 0
        while True:
            while running < 2 * self._workers and (task := tasks.take()) is not None:
                self._start_thread(running)
                self._todo.put(task)
                running += 1
            if not running:
                return
            event = self._events.get()
            if isinstance(event, _Finished):
                running -= 1
                tasks.ended(event.task)
            elif isinstance(event, _Crash):
                raise event.error
            else:
                weight = self._weigh(event)
                yield event
                del event  # or it would be kept while the next one is waited for
                self._room.give(weight)

    def _start_thread(self, running: int) -> None:
        if len(self._threads) < min(self._workers, running + 1):
            number = len(self._threads) + 1
            thread = threading.Thread(target=self._thread, name=f"worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _thread(self) -> None:
        try:
            while (task := self._todo.get()) is not None:
                for event in self._work(task):
                    self._room.take(self._weigh(event))
                    self._events.put(event)
                    del event
                    if self._stop.is_set():
                        return
                self._events.put(_Finished(task))
        except BaseException as error:
            self._events.put(_Crash(error))
        finally:
            self._close()

    def _end(self) -> None:
        self._stop.set()
        self._room.open()
        if not self._finished:
            self._abort()
        for _ in self._threads:
            self._todo.put(None)
        patience = time.monotonic() + _PATIENCE
        for thread in self._threads:
            while thread.is_alive() and time.monotonic() < patience:
                # A worker may be waiting for room: take what it has until it sees the stop.
                try:
                    self._events.get(timeout=0.02)
                except queue.Empty:
                    thread.join(0.01)
