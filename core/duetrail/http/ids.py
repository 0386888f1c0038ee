"""Which ids were met, in twenty bytes each, however long they are.

A list may have hundreds of thousands of rows, and whoever walks it has to know each one again.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from hashlib import blake2b

_FEWEST = 64

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_IS_WIDE = sys.hash_info.width >= 64


class Ids:
    """A set of ids, numbered from 0 in the order in which they were met.

    Of each only a hash of 64 bits is kept: among a million ids, the odds that two have the same are
    one in forty million.

    Args:
        ids: The first of them.
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._hashes = array("Q")
        self._slots = array("I", [0]) * _FEWEST  # where each is, plus 1; 0 for none
        self.update(ids)

    def add(self, id: str) -> int:
        """Meet an id; its number."""
        return self._add((_hash(id),))

    def update(self, ids: Iterable[str]) -> None:
        """Meet several ids."""
        self._add(map(_hash, ids))

    def join(self, others: Ids) -> None:
        """Meet what others have met."""
        self._add(others._hashes)

    def issuperset(self, ids: Iterable[str]) -> bool:
        """Whether all of these were met."""
        return all(id in self for id in ids)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, id: str) -> bool:
        return self._slots[self._slot(_hash(id))] > 0

    def __eq__(self, other: object) -> bool:
        """Whether both have met the same, in whatever order."""
        if not isinstance(other, Ids):
            return NotImplemented
        same = (other._slots[other._slot(hash)] > 0 for hash in self._hashes)
        return len(self) == len(other) and all(same)

    __hash__ = None  # type: ignore[assignment]

    def _add(self, several: Iterable[int]) -> int:
        """Meet some hashes; the number of the last."""
        hashes, slots = self._hashes, self._slots
        last, most, number = len(slots) - 1, 2 * len(slots) // 3, 0
        for hash in several:
            slot = hash & last  # as in `_slot`; a call for each takes as long as all else
            while (number := slots[slot]) and hashes[number - 1] != hash:
                slot = (slot + 1) & last
            if not number:
                hashes.append(hash)
                number = slots[slot] = len(hashes)
                if number > most:
                    slots = self._grow()
                    last, most = len(slots) - 1, 2 * len(slots) // 3
        return number - 1

    def _grow(self) -> array[int]:
        self._slots = array("I", [0]) * (2 * len(self._slots))
        for number, hash in enumerate(self._hashes, 1):
            self._slots[self._slot(hash)] = number
        return self._slots

    def _slot(self, hash: int) -> int:
        """Where a hash is, or would be: the next place from its own that is its or free."""
        hashes, slots = self._hashes, self._slots
        last = len(slots) - 1
        slot = hash & last
        while (number := slots[slot]) and hashes[number - 1] != hash:
            slot = (slot + 1) & last
        return slot


def _hash(id: str) -> int:
    """64 bits of an id; Python's own hash of a text is keyed anew in each process, and quick."""
    return hash(id) & _MASK if _IS_WIDE else _digest(id)


def _digest(id: str) -> int:
    digest = blake2b(id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
