"""Which addresses a process reaches for: seen by the interpreter's own audit events.

Nothing is patched, so it does not matter through which library a plugin asks; and what is not on
the list is refused before anything is sent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo"})


class Watch:
    """Notes and refuses every address but some. There is one, since a hook cannot be taken back."""

    def __init__(self) -> None:
        self._allowed: frozenset[int] | None = None
        self._installed = False
        self.refused: list[str] = []

    @contextmanager
    def only(self, *ports: int) -> Iterator[list[str]]:
        """Allow these ports of this machine; gives the list of what else was reached for."""
        if not self._installed:
            sys.addaudithook(self._hear)
            self._installed = True
        self.refused, self._allowed = [], frozenset(ports)
        try:
            yield self.refused
        finally:
            self._allowed = None

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in _EVENTS or self._allowed is None:
            return
        place = args[1] if event == "socket.connect" else args[:2]
        if not isinstance(place, tuple) or _is_allowed(place, self._allowed):
            return
        self.refused.append(f"{place[0]}:{place[1]}")
        raise OSError("a recording needs no network")


def _is_allowed(place: tuple[Any, ...], ports: frozenset[int]) -> bool:
    return place[0] in ("127.0.0.1", "::1", "localhost") and place[1] in ports


WATCH = Watch()
