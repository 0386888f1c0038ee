"""What a metric says in a database's own words; all other SQL of metrics is standard.

Inside metrics money is counted in whole minor units of its currency, so that sums are exact:
64-bit integers in SQLite, NUMERIC in PostgreSQL.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

MOST_DIGITS = 15
"""Digits of an amount in minor units. Sums of nine thousand such amounts fit into 64 bits."""


class MetricDialect(Protocol):
    """The words of one kind of database.

    Attributes:
        name: Its name.
        currency_columns: The columns of the view `metric_currencies`.
        collation: What is added to a text that is sorted by, so that its code points count.
    """

    name: str
    currency_columns: str
    collation: str

    def currency_row(self, currency: str, digits: int) -> str:
        """The row of a currency in the view `metric_currencies`."""

    def units(self, amount: str, digits: str = "c.digits", scale: str = "c.scale") -> str:
        """An amount of a table in whole minor units; NULL where it is none, or has no currency.

        Args:
            amount: A column.
            digits: How many digits its currency has after the point.
            scale: Ten to the power of that.
        """

    def is_too_large(self, amount: str) -> str:
        """Whether an amount has more digits than `units` takes, beside `c`, as `units`."""

    def major(self, units: str) -> str:
        """Whole minor units as an exact amount, beside a row of `metric_currencies` named `c`."""

    def fine(self, units: str, digits: int) -> str:
        """Units of ten to the power of -digits as an exact amount."""

    def day(self, time: str) -> str:
        """The day of a time, in UTC."""

    def literal(self, value: date) -> str:
        """A day."""

    def plus(self, day: str, days: str) -> str:
        """A day some days later."""

    def between(self, later: str, earlier: str) -> str:
        """The days from one day to another."""

    def weekday(self, day: str) -> str:
        """The weekday of a day: 1 for Monday to 7 for Sunday."""

    def seconds(self, time: str) -> str:
        """The whole seconds since 1970 of a time."""

    def moved(self, time: str, seconds: str) -> str:
        """The day and hour of a time some seconds later, as the text `YYYY-MM-DD HH`."""

    def as_day(self, text: str) -> str:
        """The day in a text `YYYY-MM-DD`."""

    def as_text(self, value: str) -> str:
        """An amount of a table as text, digit by digit."""


def real(value: str) -> str:
    """A number as a float, for charts and ratios."""
    return f"CAST({value} AS double precision)"


def ratio(part: str, whole: str) -> str:
    """A ratio as a float; NULL where nothing is divided by."""
    return f"{real(part)} / nullif({real(whole)}, 0)"


def chart(units: str, scale: str = "c.scale") -> str:
    """Whole minor units as an amount for charts, beside a row of `metric_currencies` named `c`."""
    return f"{real(units)} / {scale}"


def both(sql: MetricDialect, units: str, name: str) -> str:
    """An amount in whole minor units as two columns: exact, and for charts."""
    return f"{sql.major(units)} AS {name}, {chart(units)} AS {name}_chart"
