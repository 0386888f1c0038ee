"""Garbage in circles: Python looks for it among all objects, and a sync makes hardly any."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects after which Python looks; by default it does after 700.
_YOUNG = 200_000


def collect_seldom() -> None:
    """Have Python look for garbage seldom from now on, but for whoever has it look more seldom.

    By default it takes a tenth of the time of a short command, and of the work for a key.
    """
    if 0 < gc.get_threshold()[0] < _YOUNG:
        gc.set_threshold(_YOUNG, 20, 100)


@contextmanager
def collected_seldom() -> Iterator[None]:
    """The same for a block; afterwards it looks as often as before."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
