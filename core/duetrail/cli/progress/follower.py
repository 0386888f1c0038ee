"""The observer of the command line: keeps the board, shows it, and tells of each request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from duetrail.cli.progress.board import SYNC, Board, Clock, Words, requested, waiting
from duetrail.pipeline.events import Detail, Progress, Request, Waiting
from duetrail.signals import deferred


class Display(Protocol):
    """Shows a board."""

    every: float
    """Seconds after which it is shown anew."""

    def show(self) -> None:
        """Show the board as it is now."""

    def tell(self, line: str) -> None:
        """Show a line that stays."""

    def hide(self) -> None:
        """Take away what must not stay, until it is shown again."""


# Seconds that the end waits for what is being shown: a terminal may be stopped (Ctrl-S).
_LONGEST_END = 2.0

Wait = Callable[[float], bool]
"""Waits for so many seconds; whether all has ended meanwhile."""


class Follower:
    """Follows a sync, or what else takes long, as its observer, until the end of its block.

    Args:
        display: Makes what shows the board; called when there is something to show.
        words: How it is told.
        first: Seconds after the first resource began that nothing is shown for.
        verbose: Whether each request and each wait gets a line.
        quiet: Whether nothing is to be shown.
        clock: Tells the time in seconds since 1970; for tests.
        wait: Waits between two times that the board is shown; for tests.

    Attributes:
        observer: What hears of a sync; None where nothing is to be shown.
    """

    def __init__(
        self,
        display: Callable[[Board], Display],
        *,
        words: Words = SYNC,
        first: float = 0.0,
        verbose: bool = False,
        quiet: bool = False,
        clock: Clock = time.time,
        wait: Wait | None = None,
    ) -> None:
        self.observer = None if quiet else self
        self._make = display
        self._verbose = verbose
        self._board = Board(clock, words)
        self._first = first
        self._display: Display | None = None
        self._ended = threading.Event()
        self._wait = wait or self._ended.wait
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()  # one thing is shown after the other

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        with deferred():  # a second signal must not leave a terminal without its cursor
            self._ended.set()
            if self._thread is not None:
                self._thread.join(_LONGEST_END)

    def __call__(self, progress: Progress) -> None:
        """Note what was committed."""
        self._board.progress(progress)

    def detail(self, event: Detail) -> None:
        """Note what else happens; the first time, begin to show it."""
        self._board.detail(event)
        if self._thread is None:
            with self._lock:
                self._begin()
        elif self._verbose:
            with self._lock:
                self._tell(event)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to others within the block."""
        with self._lock:
            self._hide()
            yield

    def _hide(self) -> None:
        if self._display is not None:
            with suppress(OSError):  # a terminal that is gone
                self._display.hide()

    def _begin(self) -> None:
        if self._thread is not None:  # another thread was first
            return
        self._thread = threading.Thread(target=self._follow, name="progress", daemon=True)
        self._thread.start()

    def _made(self) -> Display:
        if self._display is None:
            self._display = self._make(self._board)
        return self._display

    def _tell(self, event: Detail) -> None:
        display = self._made()
        with suppress(OSError):
            if isinstance(event, Request):
                display.tell(requested(event))
            elif isinstance(event, Waiting):
                display.tell(waiting(event, self._board.clock()))

    def _follow(self) -> None:
        if self._first and self._wait(self._first):
            return
        with self._lock:
            display = self._made()
        with suppress(OSError):  # a terminal that is gone has nobody who looks
            while not self._wait(display.every):
                with self._lock:
                    display.show()
        self._hide()
