"""The files of a store: their permissions, and whether they were replaced or changed meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

from duetrail.errors import StoreError

_Place = tuple[int, int]  # device and number


def is_writable(file: Path) -> bool:
    """Whether a store may be written: its file, and what SQLite puts beside it."""
    return _may(file, os.W_OK) and _may(file.parent, os.W_OK | os.X_OK)


def is_readable(file: Path) -> bool:
    """Whether a file may be read."""
    return _may(file, os.R_OK)


def size_of(file: Path) -> int:
    """How large a file is; 0 where there is none."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


class FileIdentity:
    """Device and inode of a store's file and its log, to notice that one was deleted or replaced.

    The system lets a program go on writing to a file without a name; what it writes is lost then.

    Args:
        path: The file as the user names it.
        file: Its real name.
    """

    def __init__(self, path: Path, file: Path) -> None:
        self._path = path
        places = {name: _place(name) for name in (file, Path(f"{file}-wal"))}
        self._places = {name: place for name, place in places.items() if place is not None}

    def check(self) -> None:
        """Look again.

        Raises:
            StoreError: It is another one, or none.
        """
        for name, place in self._places.items():
            found = _place(name)
            if found != place:
                raise StoreError(
                    f"the store {self._path} is lost: {name.name} was "
                    f"{'replaced' if found else 'deleted or moved away'} while it was written",
                    hint="Let nobody touch the files of a store while a sync is at work. Put a "
                    "copy back, or run again: a new store is filled from the beginning.",
                )


class FileVersion:
    """Inode, size and time of a store opened as immutable, to notice that it was written meanwhile.

    Args:
        path: The file as the user names it.
        file: Its real name.
    """

    def __init__(self, path: Path, file: Path) -> None:
        self._path = path
        self._file = file
        self._seen = self._state()

    def check(self) -> None:
        """Look again.

        Raises:
            StoreError: It was written.
        """
        if self._state() != self._seen:
            raise StoreError(
                f"the store {self._path} was written while it was read", hint="Run again."
            )

    def _state(self) -> tuple[int, int, int]:
        found = self._file.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns


def _may(file: Path, how: int) -> bool:
    return os.access(file, how, effective_ids=os.access in os.supports_effective_ids)


def _place(file: Path) -> _Place | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
