"""Ids that were met, however many there are and however long they are.

A list may have millions of rows, and whoever reads it has to know each one again. This is the one
place for that: the first ids are in memory; where more come, all go to a temporary file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duetrail.http.spilling import SpillFile

# Bytes of memory for the first ids: some 8,000. An id takes its length, and about so many more.
_ROOM = 1 << 20
_EACH = 100

# So a file says nothing about ids to whoever reads the disk.
_SALTED = blake2b(digest_size=16, salt=os.urandom(blake2b.SALT_SIZE))


class ById:
    """A value for each id, such as the last word on it; memory does not grow with their number.

    In a file there are hashes of 128 bits instead of ids: that two of a billion have the same
    happens once in 10**20 times. One thread at a time uses it.

    Args:
        width: Bytes of a value.

    Raises:
        DuetrailError: From any method: there are many, and no temporary file can be written.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._some: dict[str, bytes] = {}
        self._room = _ROOM
        self._file: SpillFile | None = None
        self._count: int | None = None  # of ids in the file, where that is known

    def put(self, values: Mapping[str, bytes]) -> None:
        """Take a value for each of some ids, in place of the one before."""
        if self._file is not None:
            self._count = None
            self._file.add(zip(map(_digest, values), values.values(), strict=True))
            return
        self._some.update(values)
        self._room -= sum(map(len, values)) + (_EACH + self._width) * len(values)
        if self._room < 0:
            self._spilled()

    def values(self) -> Iterator[bytes]:
        """The value of each id, in no order."""
        if self._file is None:
            yield from self._some.values()
        else:
            yield from (value for _, value in self._file)

    def __contains__(self, id: str) -> bool:
        return id in self._some if self._file is None else _digest(id) in self._file

    def __bool__(self) -> bool:
        return self._file is not None or bool(self._some)

    def __len__(self) -> int:
        if self._file is None:
            return len(self._some)
        if self._count is None:
            self._count = len(self._file)
        return self._count

    def _spilled(self) -> SpillFile:
        """The file with all ids."""
        if self._file is None:
            from duetrail.http.spilling import SpillFile  # only a long list needs it

            file = SpillFile(self._width)
            file.add(zip(map(_digest, self._some), self._some.values(), strict=True))
            self._file, self._some = file, {}
        return self._file


class Ids(ById):
    """A set of ids.

    Args:
        ids: The first of them.
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        super().__init__(width=0)
        self.update(ids)

    def update(self, ids: Iterable[str]) -> None:
        """Meet several ids."""
        self.put(dict.fromkeys(ids, b""))

    def join(self, others: Ids) -> None:
        """Meet what others have met."""
        if others._file is None:
            self.put(others._some)
        else:
            self._count = None
            self._spilled().add(others._file)

    def issuperset(self, ids: Iterable[str]) -> bool:
        """Whether all of these were met."""
        return all(id in self for id in ids)

    def __eq__(self, other: object) -> bool:
        """Whether both have met the same, in whatever order."""
        if not isinstance(other, Ids):
            return NotImplemented
        if self._file is None and other._file is None:
            return self._some.keys() == other._some.keys()
        mine, theirs = self._spilled(), other._spilled()
        return mine.holds_the_same(theirs)

    __hash__ = None  # type: ignore[assignment]


def _digest(id: str) -> bytes:
    """The hash of an id; it may have half a character."""
    hash = _SALTED.copy()  # in half the time of a new one
    hash.update(id.encode("utf-8", "surrogatepass"))
    return hash.digest()
