"""Signals that ask a program to end, handled alike: Ctrl-C, SIGTERM, a terminal that was closed.

While `handled`, SIGINT, SIGTERM and SIGHUP each raise `Signalled` in the main thread. The handlers
are explicit, since the first process of a container gets no signal without a handler. What is
ignored from the start (SIGHUP under `nohup`, SIGINT behind `&`) stays ignored.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Seconds. A wrapper may pass on what the terminal has sent already; no user presses so quickly.
_AT_ONCE = 0.3
_SOON = 0.01

_Handler = Callable[[int, FrameType | None], None]

# Not every system has all of them.
_NUMBERS = [
    int(getattr(signal, name)) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Signalled(KeyboardInterrupt):
    """A signal asks the program to end.

    Args:
        number: Which.
    """

    def __init__(self, number: int) -> None:
        super().__init__(name_of(number))
        self.number = number


def name_of(number: int) -> str:
    """The name of a signal, such as `SIGTERM`."""
    return signal.Signals(number).name


def number_of(stop: BaseException) -> int:
    """The signal behind an interrupt; of an ordinary one, SIGINT."""
    return int(getattr(stop, "number", signal.SIGINT))


def exit_code(number: int) -> int:
    """The exit code of a program that a signal ended, as shells have it."""
    return 128 + number


@contextmanager
def handled(*, is_program: bool = False) -> Iterator[None]:
    """Have each of the signals raise `Signalled`; several at almost the same time are one.

    Args:
        is_program: Whether nothing but the end of the process comes afterwards: then a signal that
            comes still is ignored, since nobody would catch it.
    """
    last = -math.inf

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now, before = time.monotonic(), last
        if now - before >= _AT_ONCE:
            last = now
            raise Signalled(number)

    def unraisable(lost: sys.UnraisableHookArgs) -> None:
        nonlocal last
        if isinstance(lost.exc_value, Signalled):  # raised while an object was being deleted
            last = -math.inf
            threading.Timer(_SOON, signal.raise_signal, [lost.exc_value.number]).start()
        else:
            hook(lost)

    hook = sys.unraisablehook
    with _handlers(stop, signal.SIG_IGN if is_program else None):
        sys.unraisablehook = unraisable
        try:
            yield
        finally:
            sys.unraisablehook = hook


@contextmanager
def deferred() -> Iterator[None]:
    """Raise signals at the end of the block only; an exception of the block comes first."""
    come: list[int] = []
    with _handlers(lambda number, frame: come.append(number)):
        yield
    if come:
        raise Signalled(come[0])


@contextmanager
def _handlers(handler: _Handler, afterwards: signal.Handlers | None = None) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread alone, and only it may say how
        return
    before = {
        number: known
        for number in _NUMBERS
        # None: code outside Python handles it.
        if (known := signal.getsignal(number)) not in {signal.SIG_IGN, None}
    }
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known if afterwards is None else afterwards)
