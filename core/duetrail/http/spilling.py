"""A temporary file for entries that are more than memory should hold."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import ENOSPC
from tempfile import TemporaryFile
from weakref import finalize

from duetrail.errors import DuetrailError

KEY = 16
"""Bytes of a key; they are taken for evenly distributed, as those of a hash are."""

# Of each file; one of them fits in memory, whatever the file has.
_PARTITIONS = 1_024

# Entries of a partition that are written at once; until then they are in memory.
_BLOCK = 64


class SpillFile:
    """Entries of a key and a value, in partitions by their keys.

    Entries are only added; of those with one key, which are all in one partition, the last one
    counts. So an entry costs next to nothing, and a partition is looked through as a whole. The
    file is closed with this object, and has no name: nothing is left of it, even after a kill.
    One thread at a time uses it.

    Args:
        width: Bytes of a value.

    Raises:
        DuetrailError: From any method: the folder for temporary files cannot be used.
    """

    def __init__(self, width: int) -> None:
        self._size = KEY + width
        self._unwritten = [bytearray() for _ in range(_PARTITIONS)]
        self._blocks = [array("I") for _ in range(_PARTITIONS)]  # of each partition, in order
        self._written = 0  # blocks
        with _told():
            self._file = TemporaryFile(buffering=0)  # noqa: SIM115  (closed below)
        finalize(self, self._file.close)

    def add(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Add keys and their values."""
        parts, full = self._unwritten, _BLOCK * self._size
        for key, value in entries:
            unwritten = parts[key[0] | (key[1] & 3) << 8]  # `_number`, whose call takes as long
            unwritten += key + value
            if len(unwritten) == full:
                self._write(_number(key))

    def holds_the_same(self, other: SpillFile) -> bool:
        """Whether another has the same keys with the same values."""
        return all(self._last(at) == other._last(at) for at in range(_PARTITIONS))

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Each key once, with its last value."""
        for number in range(_PARTITIONS):
            yield from self._last(number).items()

    def __len__(self) -> int:
        """How many keys there are; each is looked at."""
        return sum(len(self._last(number)) for number in range(_PARTITIONS))

    def __contains__(self, key: bytes) -> bool:
        data = self._read(_number(key))
        at = data.find(key)
        while at > 0 and at % self._size:  # in the middle of others
            at = data.find(key, at + 1)
        return at >= 0

    def _last(self, number: int) -> dict[bytes, bytes]:
        """The last value of each key of a partition."""
        data, size = self._read(number), self._size
        return {data[at : at + KEY]: data[at + KEY : at + size] for at in range(0, len(data), size)}

    def _write(self, number: int) -> None:
        unwritten = self._unwritten[number]
        with _told():
            self._file.seek(self._written * len(unwritten))
            if self._file.write(unwritten) < len(unwritten):
                raise OSError(ENOSPC, os.strerror(ENOSPC))
        self._blocks[number].append(self._written)
        self._written += 1
        unwritten.clear()

    def _read(self, number: int) -> bytes:
        full = _BLOCK * self._size
        with _told():
            return b"".join([*self._blocks_of(number, full), self._unwritten[number]])

    def _blocks_of(self, number: int, size: int) -> Iterator[bytes]:
        for block in self._blocks[number]:
            self._file.seek(block * size)
            yield self._file.read(size)


def _number(key: bytes) -> int:
    """The partition of a key."""
    return key[0] | (key[1] & 3) << 8


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DuetrailError(
            f"the folder for temporary files cannot be used: {error.strerror}",
            hint="Ids of a long list are noted there. Free some space, or name another folder with "
            "TMPDIR, then run again.",
        ) from error
