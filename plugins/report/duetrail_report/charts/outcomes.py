"""What followed some touches: how many of them were paid, and how sure one can be of the share."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from attrs import evolve, frozen

from duetrail_report.charts.figures import exact, percent, wilson
from duetrail_report.charts.marks import Key
from duetrail_report.charts.scale import Axis

# Of fewer touches a share says little.
_FEW = 20

COLUMNS = ("Touches (n)", "Paid after", "Share", "From", "To")
"""The heads of the cells of an outcome in a table."""

NOTES = (
    "The lines are 95% intervals by Wilson's score: the true share may lie anywhere on them. An "
    f"outline stands for fewer than {_FEW} touches; its line may go on beyond the edge.",
    "Who is touched is not chosen at random, so this shows what goes together, not what causes "
    "what.",
)
"""What one has to know to read outcomes."""


@frozen
class Outcome:
    """What followed some touches.

    Attributes:
        touches: How many touches; 1 or more.
        paid: How many of them were followed by payment.
    """

    touches: int
    paid: int

    @property
    def share(self) -> Decimal:
        """The share that was paid, of 1."""
        return Decimal(self.paid) / self.touches

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """Between which shares the true one lies, with 95 % certainty."""
        low, high = wilson(self.paid, self.touches)
        return Decimal(low), Decimal(high)

    @property
    def is_few(self) -> bool:
        """Whether the touches are too few to say much."""
        return self.touches < _FEW

    def told(self) -> str:
        """Share, count and interval, in words."""
        low, high = wilson(self.paid, self.touches)
        return (
            f"{percent(self.paid, self.touches)} of {exact(self.touches)} touches, "
            f"95% interval {percent(low)} to {percent(high)}"
        )

    def cells(self) -> tuple[int | str, ...]:
        """The same as the cells of a table; see `COLUMNS`."""
        low, high = wilson(self.paid, self.touches)
        share = percent(self.paid, self.touches)
        return (self.touches, self.paid, share, percent(low), percent(high))

    def drawn_as(self, key: Key) -> Key:
        """How it is drawn: where touches are few, only as an outline."""
        return evolve(key, kind=f"{key.kind} chart-few") if self.is_few else key


def reach(outcomes: Iterable[Outcome]) -> list[Decimal]:
    """What an axis has to cover: every share, and the intervals of all but few touches."""
    return [one.share if one.is_few else one.interval[1] for one in outcomes]


def within(scale: Axis, value: Decimal) -> float:
    """The pixel of a share; of one beyond the axis its end."""
    return scale.at(min(value, scale.ticks[-1]))


def share_text(value: Decimal) -> str:
    """A share on an axis."""
    return percent(float(value))


def nothing_yet(within_days: int) -> str:
    """What is said where no touch can be judged."""
    return (
        f"No touch of this period is about an invoice and {within_days} days old, so nothing can "
        "be said yet."
    )
