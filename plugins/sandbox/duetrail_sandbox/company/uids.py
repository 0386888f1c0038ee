"""Names of things in the company, the same on any machine: ids with a prefix, and UUIDs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

__all__ = ["dated_uid", "make_id", "uid"]

_SPACE = UUID("0b1d7a52-6a0c-4f0e-9d55-2f6c9e1a7c40")
# The first day of the Gregorian calendar, from which UUIDs of version 1 count.
_FIRST_DAY = datetime(1582, 10, 15, tzinfo=UTC)
_NODE = 0x0242AC120003


def make_id(prefix: str, rng: Random, *path: int) -> str:
    """Make an opaque id that cannot collide: random digits, then the place in the company."""
    tail = "".join(f"{part:05x}" for part in path)
    return f"{prefix}_{rng.getrandbits(36):09x}{tail}"


def uid(*path: object) -> str:
    """Name a place in the company, such as ``uid("party", customer.id)``."""
    return str(uuid5(_SPACE, "/".join(str(step) for step in path)))


def dated_uid(when: datetime, serial: int) -> str:
    """Name what was made at a moment; ``serial`` (below 16384) keeps twins apart.

    As databases make them from clock and network card: their order in text is not in time.
    """
    ticks = (when - _FIRST_DAY) // timedelta(microseconds=1) * 10
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    fields = (low, middle, high | 0x1000, serial >> 8 | 0x80, serial & 0xFF, _NODE)
    return str(UUID(fields=fields))
