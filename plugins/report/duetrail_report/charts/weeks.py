"""Weeks along an axis: where each begins, and labels that leave each other room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import ceil
from xml.etree.ElementTree import Element

from attrs import frozen

from duetrail_report.charts.figures import month
from duetrail_report.charts.lettering import width_of
from duetrail_report.charts.svg import text

_WEEK = timedelta(weeks=1)

# The size of labels, and the least room between two of them, in pixels.
_SIZE, _GAP = 11, 8


@frozen
class Weeks:
    """An axis of weeks.

    Attributes:
        mondays: The weeks, one after the other.
        left: Where the first one begins, in pixels.
        step: How wide each of them is.
    """

    mondays: Sequence[date]
    left: float
    step: float

    @property
    def right(self) -> float:
        """Where the last one ends."""
        return self.left + self.step * len(self.mondays)

    def starts(self) -> Iterable[tuple[date, float]]:
        """Each week with its left side."""
        return ((day, self.left + place * self.step) for place, day in enumerate(self.mondays))

    def labels(self, y: float) -> list[Element]:
        """The days of the Mondays, and under them the months where one begins.

        Args:
            y: The baseline of the days.
        """
        wide = width_of("30", _SIZE)
        every = max(1, ceil((wide + _GAP) / self.step))
        parts, free, last = [], self.left, None
        for place, (monday, x) in enumerate(self.starts()):
            middle = x + self.step / 2
            if place % every == 0 and middle + wide / 2 <= self.right:
                parts.append(text(str(monday.day), middle, y, "middle", "tick"))
            if last is not None and (monday.year, monday.month) == (last.year, last.month):
                continue
            name = month(monday, with_year=last is None or monday.year != last.year)
            end = x + width_of(name, _SIZE)
            if x >= free and end <= self.right + self.left / 4:
                parts.append(text(name, x, y + 16, kind="month"))
                free, last = end + _GAP, monday
        return parts


def all_weeks(mondays: Iterable[date]) -> list[date]:
    """Every Monday from the first of some weeks to the last."""
    known = sorted(set(mondays))
    count = (known[-1] - known[0]) // _WEEK + 1
    return [known[0] + place * _WEEK for place in range(count)]
