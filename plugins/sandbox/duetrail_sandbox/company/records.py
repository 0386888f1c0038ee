"""Facts about things, under names; the names of things; sums of money as they are written.

Amounts are integers of minor units, moments are aware UTC datetimes.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from random import Random
from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID, uuid5

# ISO 4217 exponents: how many digits the minor unit has. JPY has none, KWD has three.
EXPONENTS = {"EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3, "USD": 2}

_SPACE = UUID("0b1d7a52-6a0c-4f0e-9d55-2f6c9e1a7c40")


class Record(SimpleNamespace):
    """Facts about one thing; two are equal where all their facts are.

    A fact that is ``None``, or that nobody has told, is unknown or has not happened.
    """

    def __getattr__(self, name: str) -> Any:
        """A fact that nobody has told."""
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    @property
    def tail(self) -> str:
        """Its id without the prefix."""
        return str(self.id).partition("_")[2]

    def but(self, **facts: Any) -> Self:
        """The same with some facts changed."""
        changed = copy(self)
        vars(changed).update(facts)
        return changed


def make_id(prefix: str, rng: Random, *path: int) -> str:
    """Make an opaque id that cannot collide: random digits, then the place in the company."""
    tail = "".join(f"{part:05x}" for part in path)
    return f"{prefix}_{rng.getrandbits(36):09x}{tail}"


def uid(*path: object) -> str:
    """Name a place in the company, such as ``uid("party", customer.id)``."""
    return str(uuid5(_SPACE, "/".join(str(step) for step in path)))


def shown(minor: int, currency: str) -> str:
    """Write minor units for a letter, such as ``USD 1,250.00``; exact, without floats."""
    return f"{currency} {Decimal(minor).scaleb(-EXPONENTS[currency]):,}"
