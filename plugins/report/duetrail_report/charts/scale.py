"""From numbers to pixels: round ticks that cover the numbers, and where a number lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext

from attrs import frozen

# Amounts have up to fifteen digits; sums and differences of very unlike ones more.
_EXACT = Context(prec=80)

_STEPS = tuple(map(Decimal, ("1", "2", "2.5", "5")))


@frozen
class Axis:
    """An axis.

    Attributes:
        ticks: Round numbers, evenly apart; the first and the last are its ends.
        start: The pixel of the first one.
        end: The pixel of the last one.
    """

    ticks: tuple[Decimal, ...]
    start: float
    end: float

    def at(self, value: Decimal | int) -> float:
        """The pixel of a number."""
        low, high = self.ticks[0], self.ticks[-1]
        with localcontext(_EXACT):
            share = float((value - low) / (high - low))
        return self.start + share * (self.end - self.start)

    @property
    def places(self) -> Iterator[tuple[Decimal, float]]:
        """Each tick with its pixel."""
        return ((tick, self.at(tick)) for tick in self.ticks)


def axis(
    values: Iterable[Decimal | int], start: float, end: float, most: int = 6, *, whole: bool = False
) -> Axis:
    """An axis for some numbers, with zero on it.

    Args:
        values: The numbers; there need not be any.
        start: The pixel of its low end.
        end: The pixel of its high end.
        most: How many ticks at most; 3 or more.
        whole: Whether ticks are whole numbers.
    """
    known = [Decimal(value) for value in values]
    low, high = min([Decimal(0), *known]), max([Decimal(0), *known])
    return Axis(nice_ticks(low, high, most, whole=whole), start, end)


def nice_ticks(
    low: Decimal, high: Decimal, most: int = 6, *, whole: bool = False
) -> tuple[Decimal, ...]:
    """Round numbers, evenly apart, from `low` or less to `high` or more.

    Args:
        low: The least number to cover.
        high: The greatest; where it is not above `low`, one more than that is.
        most: How many ticks at most; 3 or more.
        whole: Whether they are whole numbers.
    """
    with localcontext(_EXACT):
        if high <= low:
            high = low + 1
        for step in _steps(high - low, most, whole):
            first = (low / step).to_integral_value(ROUND_FLOOR) * step
            last = (high / step).to_integral_value(ROUND_CEILING) * step
            count = int((last - first) / step) + 1
            if count <= most:
                return tuple(first + place * step for place in range(count))
    raise AssertionError("steps have no end")


def _steps(span: Decimal, most: int, whole: bool) -> Iterator[Decimal]:
    """Round steps, each greater than the last, from one that gives too many ticks."""
    exponent = (span / most).adjusted()
    while True:
        for digits in _STEPS:
            step = digits.scaleb(exponent)
            if not whole or step == step.to_integral_value():
                yield step
        exponent += 1
