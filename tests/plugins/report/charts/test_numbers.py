"""Numbers as they are written in charts, and intervals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetrail_report.charts.figures import compact, exact, percent, week_text, wilson


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"), ("-0.00", "0"), ("7", "7"), ("950", "950"), ("999.99", "1k"),
        ("1000", "1k"), ("12345.67", "12.3k"), ("999949", "1M"), ("1250000", "1.25M"),
        ("-43000", "-43k"), ("2100000000", "2.1bn"), ("3e12", "3tn"), ("4e15", "4.0E15"),
        ("0.05", "0.05"), ("0.001", "0"),
    ],
)  # fmt: skip
def test_an_axis_has_short_amounts(value: str, text: str) -> None:
    """Three digits and a letter."""
    assert compact(Decimal(value)) == text


@given(st.decimals(-(10**15), 10**15, places=2))
def test_a_table_has_every_digit(value: Decimal) -> None:
    """An exact amount is read back as it was."""
    assert Decimal(exact(value, "USD").removesuffix(" USD").replace(",", "")) == value


def test_shares_are_written_in_per_cent() -> None:
    """Below ten with one digit after the point; of nothing there is none."""
    assert [percent(42, 100), percent(1, 24), percent(1), percent(0, 7)] == [
        "42%", "4.2%", "100%", "0%",
    ]  # fmt: skip
    assert percent(1, 0) == "\u2013"


def test_a_week_is_told_by_its_number_and_days() -> None:
    """The last week that a calendar can hold, too."""
    assert week_text(date(2026, 12, 28)) == "2026-W53, 28 Dec to 3 Jan 2027"
    assert week_text(date(9999, 12, 27)).endswith("31 Dec 9999")


def test_an_interval_is_that_of_the_textbook() -> None:
    """Wilson's interval of 8 of 10 is 49.0% to 94.3%; of nothing it is everything."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=0.0001)
    assert wilson(0, 0) == (0, 1)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_interval_holds_its_share(one: int, other: int) -> None:
    """And lies between nothing and all."""
    part, whole = sorted((one, other))
    low, high = wilson(part, whole)
    assert 0 <= low <= high <= 1
    if whole:
        assert low <= part / whole + 1e-9
        assert high >= part / whole - 1e-9
