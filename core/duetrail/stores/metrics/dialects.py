"""What a metric says in a database's own words; all other SQL of metrics is standard.

Inside metrics money is counted in whole minor units of its currency, so that sums are exact:
64-bit integers in SQLite, NUMERIC in PostgreSQL.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

# Digits of an amount in minor units. Sums of nine thousand such amounts fit into 64 bits.
_MOST_DIGITS = 15


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


def _pointed(units: str, digits: str, scale: str) -> str:
    """SQLite's text of whole units with a decimal point among their digits."""
    units = f"({units})"
    sign = f"CASE WHEN {units} < 0 THEN '-' ELSE '' END"
    whole, part = f"abs({units}) / {scale}", f"abs({units}) % {scale}"
    text = f"printf('%s%d.%0*d', {sign}, {whole}, {digits}, {part})"
    return f"CASE WHEN {units} IS NOT NULL THEN {text} END"


def _before_point(amount: str) -> str:
    """SQLite's text of an amount up to its decimal point, with its sign."""
    point = f"instr({amount}, '.')"
    return f"CASE {point} WHEN 0 THEN {amount} ELSE substr({amount}, 1, {point} - 1) END"


class SqliteMetrics:
    """SQLite's words: decimals and times are text, and no decimal type is there to add up."""

    name = "sqlite"
    currency_columns = "currency, digits, scale"
    collation = ""

    def currency_row(self, currency: str, digits: int) -> str:
        """See `MetricDialect`."""
        return f"('{currency}', {digits}, {10**digits})"

    def units(self, amount: str, digits: str = "c.digits", scale: str = "c.scale") -> str:
        """See `MetricDialect`."""
        point = f"instr({amount}, '.')"
        whole = _before_point(amount)
        part = f"CASE {point} WHEN 0 THEN '' ELSE substr({amount}, {point} + 1) END"
        return (
            f"CASE WHEN length(rtrim({part}, '0')) <= {digits} "
            f"AND length(ltrim({whole}, '-')) <= {_MOST_DIGITS} - {digits} "
            f"THEN CAST({whole} || substr({part} || '000000', 1, {digits}) AS INTEGER) END"
        )

    def is_too_large(self, amount: str) -> str:
        """See `MetricDialect`."""
        return f"length(ltrim({_before_point(amount)}, '-')) > {_MOST_DIGITS} - c.digits"

    def major(self, units: str) -> str:
        """See `MetricDialect`."""
        return (
            f"CASE WHEN c.digits = 0 THEN CAST({units} AS TEXT) "
            f"ELSE {_pointed(units, 'c.digits', 'c.scale')} END"
        )

    def fine(self, units: str, digits: int) -> str:
        """See `MetricDialect`."""
        return _pointed(units, str(digits), str(10**digits))

    def day(self, time: str) -> str:
        """See `MetricDialect`."""
        return f"substr({time}, 1, 10)"

    def literal(self, value: date) -> str:
        """See `MetricDialect`."""
        return f"'{value.isoformat()}'"

    def plus(self, day: str, days: str) -> str:
        """See `MetricDialect`."""
        return f"date({day}, ({days}) || ' days')"

    def between(self, later: str, earlier: str) -> str:
        """See `MetricDialect`."""
        return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"

    def weekday(self, day: str) -> str:
        """See `MetricDialect`."""
        return f"(CAST(strftime('%w', {day}) AS INTEGER) + 6) % 7 + 1"

    def seconds(self, time: str) -> str:
        """See `MetricDialect`."""
        return f"CAST(strftime('%s', {time}) AS INTEGER)"

    def moved(self, time: str, seconds: str) -> str:
        """See `MetricDialect`."""
        return f"strftime('%Y-%m-%d %H', {time}, ({seconds}) || ' seconds')"

    def as_day(self, text: str) -> str:
        """See `MetricDialect`."""
        return text

    def as_text(self, value: str) -> str:
        """See `MetricDialect`."""
        return value


class PostgresMetrics:
    """PostgreSQL's words."""

    name = "postgresql"
    currency_columns = "currency, digits, scale, step"
    collation = ' COLLATE "C"'

    def currency_row(self, currency: str, digits: int) -> str:
        """See `MetricDialect`; a product with `step` is exact, where a quotient may be rounded."""
        step = "1" if digits == 0 else f"0.{1:0{digits}}"
        return f"('{currency}' COLLATE \"C\", {digits}, {10**digits}, {step})"

    def units(self, amount: str, digits: str = "c.digits", scale: str = "c.scale") -> str:
        """See `MetricDialect`."""
        scaled = f"{amount} * {scale}"
        return (
            f"CASE WHEN {digits} IS NOT NULL AND {scaled} = trunc({scaled}) "
            f"AND abs({scaled}) < 1{'0' * _MOST_DIGITS} THEN trunc({scaled}) END"
        )

    def is_too_large(self, amount: str) -> str:
        """See `MetricDialect`."""
        return f"abs({amount} * c.scale) >= 1{'0' * _MOST_DIGITS}"

    def major(self, units: str) -> str:
        """See `MetricDialect`."""
        return f"({units}) * c.step"

    def fine(self, units: str, digits: int) -> str:
        """See `MetricDialect`."""
        return f"({units}) * 0.{1:0{digits}}"

    def day(self, time: str) -> str:
        """See `MetricDialect`."""
        return f"CAST({time} AT TIME ZONE 'UTC' AS date)"

    def literal(self, value: date) -> str:
        """See `MetricDialect`."""
        return f"DATE '{value.isoformat()}'"

    def plus(self, day: str, days: str) -> str:
        """See `MetricDialect`."""
        return f"({day} + ({days}))"

    def between(self, later: str, earlier: str) -> str:
        """See `MetricDialect`."""
        return f"({later} - {earlier})"

    def weekday(self, day: str) -> str:
        """See `MetricDialect`."""
        return f"CAST(extract(isodow FROM {day}) AS integer)"

    def seconds(self, time: str) -> str:
        """See `MetricDialect`."""
        return f"CAST(floor(extract(epoch FROM {time})) AS bigint)"

    def moved(self, time: str, seconds: str) -> str:
        """See `MetricDialect`."""
        return (
            f"to_char({time} AT TIME ZONE 'UTC' + ({seconds}) * interval '1 second', "
            "'YYYY-MM-DD HH24')"
        )

    def as_day(self, text: str) -> str:
        """See `MetricDialect`."""
        return f"CAST({text} AS date)"

    def as_text(self, value: str) -> str:
        """See `MetricDialect`."""
        return f"CAST({value} AS text)"


DIALECTS: dict[str, MetricDialect] = {"sqlite": SqliteMetrics(), "postgresql": PostgresMetrics()}
"""Every kind of database by its name."""
