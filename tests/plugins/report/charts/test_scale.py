"""Axes: ticks are round, few, evenly apart and cover the numbers."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from duetrail_report.charts.scale import axis, nice_ticks

AMOUNTS = st.decimals(-(10**15), 10**15, places=2)
NUMBERS = AMOUNTS | st.decimals("-1e40", "1e40", allow_nan=False, allow_infinity=False)
MOST = st.integers(3, 12)


@given(NUMBERS, NUMBERS, MOST)
def test_ticks_cover_what_they_are_for(one: Decimal, other: Decimal, most: int) -> None:
    """The first is not above the least number, the last not below the greatest."""
    low, high = sorted((one, other))
    ticks = nice_ticks(low, high, most)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= most


@given(AMOUNTS, AMOUNTS, MOST)
def test_ticks_are_evenly_apart_and_round(one: Decimal, other: Decimal, most: int) -> None:
    """Each is above the last by the same 1, 2, 2.5 or 5 times a power of ten."""
    ticks = nice_ticks(*sorted((one, other)), most)
    steps = {after - before for before, after in pairwise(ticks)}
    assert len(steps) == 1
    digits = "".join(map(str, steps.pop().normalize().as_tuple().digits))
    assert digits in ("1", "2", "25", "5")


@given(st.integers(0, 10**9), MOST)
def test_counts_have_whole_ticks(most_of: int, most: int) -> None:
    """Nobody made half a call."""
    ticks = nice_ticks(Decimal(0), Decimal(most_of), most, whole=True)
    assert all(tick == int(tick) for tick in ticks)


@given(st.lists(NUMBERS, max_size=5), MOST)
def test_numbers_lie_on_their_axis(values: list[Decimal], most: int) -> None:
    """Every number, and zero, between its ends, in the order of their size."""
    made = axis(values, 50.0, 250.0, most)
    places = [made.at(value) for value in sorted([*values, Decimal(0)])]
    assert places == sorted(places)
    assert all(50 <= place <= 250 for place in places)


def test_an_axis_of_nothing_has_ends() -> None:
    """No number, or zero alone, gives an axis from zero to one."""
    assert axis([], 0, 1).ticks[0] == axis([0], 0, 1).ticks[0] == 0
    assert axis([], 0, 1).ticks[-1] == 1
