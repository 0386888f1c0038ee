"""A partition: the part of the work of a sync that one of several processes reads."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Self

import msgspec
from msgspec import Struct

from duetrail.errors import UsageError


class Partition(Struct, frozen=True):
    """One of so many parts of all work.

    Attributes:
        index: Which, from 1.
        of: How many there are.
    """

    index: int
    of: int

    @classmethod
    def parsed(cls, text: str) -> Self:
        """The partition that `2/5` means.

        Raises:
            UsageError: It means none.
        """
        found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
        index, of = map(int, found.groups()) if found else (0, 0)
        if 1 <= index <= of:
            return cls(index, of)
        hint = "Write the second of five as 2/5."
        if found and not index and of:
            hint = f"Shards count from 1: the first is 1/{of}, the last {of}/{of}."
        raise UsageError(f"{text!r} is no shard of a sync", hint=hint)

    def has(self, stream: str, shard: str) -> bool:
        """Whether a shard of a stream, such as a key, belongs to it; the same on every machine."""
        if self.of == 1:
            return True
        digest = blake2b(msgspec.json.encode((stream, shard)), digest_size=8).digest()
        return int.from_bytes(digest) % self.of == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


WHOLE_WORK = Partition(1, 1)
"""All of the work."""
