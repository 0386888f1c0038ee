"""A terminal in small: what a person sees of what a program wrote to a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

from support.measuring import unmeasured

_TOKEN = re.compile(rb"\x1b\[(\??[0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+|\x1b")


class Screen:
    """Keeps lines, a position and a cursor; knows what progress displays use.

    Attributes:
        lines: What is seen, by line.
        has_cursor: Whether the cursor is shown.
        widest: The most characters that a line ever had.
    """

    def __init__(self) -> None:
        self.lines = [""]
        self.has_cursor = True
        self.widest = 0
        self._row = self._column = 0

    def write(self, data: bytes) -> None:
        """Show what a program wrote."""
        for found in _TOKEN.finditer(data):
            text = found[0]
            if text == b"\r":
                self._column = 0
            elif text == b"\n":
                self._row += 1
                if self._row == len(self.lines):
                    self.lines.append("")
            elif found[2]:
                self._obey(found[1].decode(), found[2].decode())
            else:
                self._put(text.decode())

    def _put(self, text: str) -> None:
        line = self.lines[self._row].ljust(self._column)
        end = self._column + len(text)
        self.lines[self._row] = line[: self._column] + text + line[end:]
        self._column = end
        self.widest = max(self.widest, end)

    def _obey(self, argument: str, command: str) -> None:
        if command == "A":
            self._row = max(self._row - int(argument or 1), 0)
        elif command == "K":
            self.lines[self._row] = ""
        elif argument == "?25":
            self.has_cursor = command == "h"
        elif command not in "mlh":
            raise AssertionError(f"a screen does not know ESC [ {argument} {command}")

    @property
    def text(self) -> str:
        """All that is seen now."""
        return "\n".join(line.rstrip() for line in self.lines)


def _environment() -> dict[str, str]:
    """The environment, without what would speak for another terminal."""
    others = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
    return {name: value for name, value in unmeasured().items() if name not in others}


class Terminal:
    """A program on a pseudo-terminal that is its controlling one.

    Attributes:
        raw: All that it wrote so far.
        screen: What is seen of it.
    """

    def __init__(self, *command: str, columns: int = 100, rows: int = 30, **env: str) -> None:
        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._running = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**_environment(), "TERM": "xterm-256color", **env},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.raw = b""
        self.screen = Screen()

    def type(self, text: bytes) -> None:
        """Press keys."""
        os.write(self._ours, text)

    def until(self, seen: Callable[[str], bool]) -> None:
        """Read until something is seen."""
        while not seen(self.screen.text):
            assert self._read(), f"never seen; at the end there was:\n{self.screen.text}"

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self._running.wait()

    def _read(self) -> bool:
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # so Linux says that nobody writes any more
            return False
        self.raw += data
        self.screen.write(data)
        return bool(data)


def duetrail(config: Path, *arguments: str, before: str = "pass", **how: object) -> Terminal:
    """The command `duetrail` on a terminal; its progress is shown at once.

    Args:
        config: The configuration.
        *arguments: The words of the command.
        before: What Python does before it.
        **how: Columns and rows of the terminal, and variables of the environment.
    """
    code = f"from duetrail.cli import main, progress\nprogress.FIRST = 0.0\n{before}\nmain()"
    words = (sys.executable, "-c", code, "--config", str(config), *arguments)
    return Terminal(*words, **how)  # type: ignore[arg-type]
