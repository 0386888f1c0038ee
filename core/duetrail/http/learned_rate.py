"""The request rate for a vendor that answers 429, learned from its refusals.

Additive increase, multiplicative decrease (AIMD): slower after a refusal, faster with every other
request. A vendor that refuses at random, whatever the rate, is not asked more slowly.
"""

from __future__ import annotations

from collections import deque
from math import inf

# What is left of the rate after a refusal, and after one with no success since the one before.
_LESS = 0.8
_MUCH_LESS = 0.5
# Lowest rates, in requests a second: after a first refusal, which another program may have caused,
# and after many. Pauses grow beside that.
_LEAST_AT_FIRST = 4.0
_LEAST = 2.0
# The share of the last refused rate that each further request adds: half of it after a refusal at
# that rate, twice as much after one that came sooner.
_FIRST_STEP = 1 / 16
_STEPS = (1 / 4096, 1 / 4)
# A refusal below this share of the last refused rate, after more than _FEW requests, is not taken
# to be about the rate; only each _TRY_LESS-th of them lowers it.
_NEAR = 0.9
_FEW = 4
_TRY_LESS = 8
# The last _ROW refusals count as random if at least _MOST_OF_ROW came after some requests,
# there were fewer than _MANY requests between two on average, and the lowest and highest quarter of
# the rates differ by a factor of two or more. No rate limit behaves so.
_ROW = 24
_MOST_OF_ROW = 16
_MANY = 40
# Seconds without a refusal after which the next one is a first one again.
_CALM = 120.0


class LearnedRate:
    """The rate at which a vendor is thought not to refuse. Used under its limiter's lock."""

    def __init__(self) -> None:
        self._rate = inf
        self._starts: deque[float] = deque(maxlen=1000)  # of the last second
        self._refused_rate = inf
        self._step = _FIRST_STEP
        self._since = 0  # starts since the last refusal
        self._sooner = 0  # refusals below the refused rate, one after the other
        self._last_refusal = -inf
        # Of the last refusals: requests since the one before, and starts in the last second.
        self._row: deque[tuple[int, int]] = deque(maxlen=_ROW)

    def gap(self, now: float) -> float:
        """Seconds to keep between two starts."""
        if now > self._last_refusal + _CALM:
            self._rate = inf
        return 1 / self._rate

    def started(self, now: float) -> None:
        """Count a start."""
        self._starts.append(now)
        self._since += 1
        if self._rate < inf:
            self._rate += self._step * self._refused_rate

    def refused(self, now: float) -> None:
        """Count a refusal that began a pause."""
        while self._starts and self._starts[0] < now - 1:
            self._starts.popleft()
        if now > self._last_refusal + _CALM:
            self._first(now)
        else:
            self._further(now)
        self._since = 0

    def _first(self, now: float) -> None:
        self._refused_rate = max(_LEAST_AT_FIRST / _LESS, float(len(self._starts)))
        self._rate = _LESS * self._refused_rate
        self._step, self._sooner, self._last_refusal = _FIRST_STEP, 0, now
        self._row.clear()

    def _further(self, now: float) -> None:
        self._last_refusal = now
        self._row.append((self._since, len(self._starts)))
        if self._are_at_random():
            self._step = _STEPS[1]
            return
        rate = min(self._rate, len(self._starts) + 1.0)
        slowest, fastest = _STEPS
        is_far = rate < max(_NEAR * self._refused_rate, 1.1 * _LEAST)
        if self._since > _FEW and is_far:
            self._sooner += 1
            self._step = min(4 * self._step, fastest)
            if self._sooner % _TRY_LESS:
                return
        self._sooner = 0
        self._step = max(self._step / 2, slowest)
        self._refused_rate = rate
        self._rate = max(_LEAST, rate * (_LESS if self._since > 1 else _MUCH_LESS))

    def _are_at_random(self) -> bool:
        """Whether the last refusals came at any rate, so that asking more slowly would not help."""
        starts = sorted(starts for since, starts in self._row if since > 1)
        if len(self._row) < _ROW or len(starts) < _MOST_OF_ROW:
            return False
        quarter = len(starts) // 4
        is_often = sum(since for since, _ in self._row) < _MANY * _ROW
        return is_often and starts[-1 - quarter] >= 2 * starts[quarter]
