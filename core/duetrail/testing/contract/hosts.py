"""What a process reaches for beside the vendor: seen by the interpreter's own audit events.

Nothing is patched, so it does not matter through which library a plugin asks; and an address that
is not on the list is refused before anything is sent.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo"})

# What the core does for plugins, or nobody should do.
_VIOLATIONS = {
    "open": "writes a file",
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "socket.connect": "asks beside its session",
}


class Watch:
    """Notes and refuses every address but some. There is one, since a hook cannot be taken back."""

    def __init__(self) -> None:
        self._allowed: frozenset[int] | None = None
        self._installed = False
        self._package = ""
        self.refused: list[str] = []
        self.violations: list[str] = []

    @contextmanager
    def only(self, *ports: int, package: str = "") -> Iterator[list[str]]:
        """Allow these ports of this machine; gives the list of what else was reached for.

        Args:
            *ports: The ports.
            package: Whose violations are noted in `violations`: a plugin's top package.
        """
        if not self._installed:
            sys.addaudithook(self._hear)
            self._installed = True
        self.refused, self._allowed = [], frozenset(ports)
        self.violations, self._package = [], package
        try:
            yield self.refused
        finally:
            self._allowed = None

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self._allowed is None:
            return
        if event in _VIOLATIONS and self._package and not (event == "open" and not _writes(args)):
            frame = _violation_of(self._package, sys._getframe(1))
            if frame is not None:
                line = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                self.violations.append(f"it {_VIOLATIONS[event]} at {line}")
        if event not in _EVENTS:
            return
        place = args[1] if event == "socket.connect" else args[:2]
        if not isinstance(place, tuple) or _is_allowed(place, self._allowed):
            return
        self.refused.append(f"{place[0]}:{place[1]}")
        raise OSError("a recording needs no network")


def _is_allowed(place: tuple[Any, ...], ports: frozenset[int]) -> bool:
    return place[0] in ("127.0.0.1", "::1", "localhost") and place[1] in ports


def _writes(args: tuple[Any, ...]) -> bool:
    """Whether a file is opened to be written."""
    flags = args[2] if len(args) > 2 and isinstance(args[2], int) else 0
    return bool(flags & (os.O_WRONLY | os.O_RDWR))


def _violation_of(package: str, frame: FrameType | None) -> FrameType | None:
    """The code of a package that does it, by itself or through a library; None if the core does."""
    while frame is not None:
        top = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if top == package:
            return frame
        if top in ("duetrail", "importlib"):  # an import may write what it compiled
            return None
        frame = frame.f_back
    return None


WATCH = Watch()
