"""Numbers as people read them: short on an axis, exact in a table."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import NamedTuple

_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)

_THOUSANDS = ("", "k", "M", "bn", "tn")

DASH = "\u2013"
"""Between the ends of a range, and where there is no number."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""The names of weekdays, Monday first."""


class Interval(NamedTuple):
    """Between which shares the true one lies, as shares of 1."""

    low: float
    high: float


def compact(value: Decimal | int, digits: int = 3) -> str:
    """A number in few digits: `950`, `12.5k`, `1.2M`; from a thousand tn on as `1.2E15`.

    Args:
        value: The number.
        digits: How many digits at most; below a thousand whole numbers have all of theirs.
    """
    with localcontext(_EXACT):
        scaled = Decimal(value)
        for suffix in _THOUSANDS:
            places = max(0, digits - 1 - max(scaled.adjusted(), 0)) if scaled else 0
            rounded = scaled.quantize(Decimal(1).scaleb(-places))
            if abs(rounded) < 1000:
                return _plain(rounded) + suffix
            scaled /= 1000
        return f"{Decimal(value):.1E}".replace("E+", "E")


def exact(value: Decimal | int, currency: str | None = None) -> str:
    """A number with all its digits, thousands apart, and its currency after it."""
    digits = f"{value:,}" if isinstance(value, int) else f"{value:,f}"
    return f"{digits} {currency}" if currency else digits


def percent(part: float, whole: float = 1) -> str:
    """A share in per cent: `42%`, below ten `4.2%`; nothing of nothing is a dash."""
    if not whole:
        return DASH
    value = 100 * part / whole
    text = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return f"{text.removesuffix('.0')}%"


def wilson(part: int, whole: int) -> Interval:
    """The 95 % interval of a share by Wilson's score; all of it where there is nothing.

    Args:
        part: How many.
        whole: Of how many.
    """
    if not whole:
        return Interval(0, 1)
    z = 1.959964
    share = part / whole
    middle = share + z * z / (2 * whole)
    margin = z * ((share * (1 - share) + z * z / (4 * whole)) / whole) ** 0.5
    below = 1 + z * z / whole
    return Interval(max(0.0, (middle - margin) / below), min(1.0, (middle + margin) / below))


def month(day: date, *, with_year: bool) -> str:
    """The month of a day: `Mar`, or `Mar 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.year}" if with_year else _MONTHS[day.month - 1]


def day_text(day: date) -> str:
    """A day: `30 Mar 2026`."""
    return f"{day.day} {month(day, with_year=True)}"


def week_text(monday: date) -> str:
    """An ISO week by its Monday: `2026-W14, 30 Mar to 5 Apr 2026`."""
    year, week, _ = monday.isocalendar()
    begin = f"{monday.day} {month(monday, with_year=False)}"
    return f"{year}-W{week:02}, {begin} to {day_text(_later(monday, 6))}"


def _later(day: date, days: int) -> date:
    """A day some days later, or the last day there is."""
    return day + timedelta(days=min(days, (date.max - day).days))


def _plain(value: Decimal) -> str:
    digits = f"{value:f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits
