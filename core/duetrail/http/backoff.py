"""Backoff: how long to wait before the next attempt, or retry."""

from __future__ import annotations

import random
from collections.abc import Callable

from attrs import field, frozen


@frozen
class Backoff:
    """Exponential waiting with jitter, so that workers that failed together do not return together.

    Attributes:
        base: Seconds before the second attempt, at most; it grows with each further one.
        cap: Seconds no wait exceeds.
        factor: How many times as long each wait is as the one before.
        share: Gives the share of the full wait to take, from 0 to 1; by default a random one
            from one half upwards, which keeps the growth.
    """

    base: float = 0.5
    cap: float = 30.0
    factor: float = 2.0
    share: Callable[[], float] = field(default=lambda: random.uniform(0.5, 1.0), repr=False)

    def seconds(self, attempt: int) -> float:
        """Seconds to wait after this attempt, the first being 1."""
        # The exponent is bounded: beyond it the cap counts anyway, and a float would overflow.
        return self.share() * min(self.cap, self.base * self.factor ** min(attempt - 1, 60))
