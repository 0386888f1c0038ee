"""SQLite's words for metrics: decimals and times are text, and no decimal type adds them up."""

from __future__ import annotations

from datetime import date

from duetrail.stores.metrics.dialects import MOST_DIGITS


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


def _to_second(time: str) -> str:
    """A time without its fraction: SQLite would round it to a thousandth, into the next hour."""
    return f"substr({time}, 1, 19)"


class SqliteMetrics:
    """See `duetrail.stores.metrics.dialects.MetricDialect`."""

    name = "sqlite"
    currency_columns = "currency, digits, scale"
    collation = ""

    def currency_row(self, currency: str, digits: int) -> str:
        return f"('{currency}', {digits}, {10**digits})"

    def units(self, amount: str, digits: str = "c.digits", scale: str = "c.scale") -> str:
        point = f"instr({amount}, '.')"
        whole = _before_point(amount)
        part = f"CASE {point} WHEN 0 THEN '' ELSE substr({amount}, {point} + 1) END"
        return (
            f"CASE WHEN length(rtrim({part}, '0')) <= {digits} "
            f"AND length(ltrim({whole}, '-')) <= {MOST_DIGITS} - {digits} "
            f"THEN CAST({whole} || substr({part} || '000000', 1, {digits}) AS INTEGER) END"
        )

    def is_too_large(self, amount: str) -> str:
        return f"length(ltrim({_before_point(amount)}, '-')) > {MOST_DIGITS} - c.digits"

    def major(self, units: str) -> str:
        return (
            f"CASE WHEN c.digits = 0 THEN CAST({units} AS TEXT) "
            f"ELSE {_pointed(units, 'c.digits', 'c.scale')} END"
        )

    def fine(self, units: str, digits: int) -> str:
        return _pointed(units, str(digits), str(10**digits))

    def day(self, time: str) -> str:
        return f"substr({time}, 1, 10)"

    def literal(self, value: date) -> str:
        return f"'{value.isoformat()}'"

    def plus(self, day: str, days: str) -> str:
        return f"date({day}, ({days}) || ' days')"

    def between(self, later: str, earlier: str) -> str:
        return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"

    def weekday(self, day: str) -> str:
        return f"(CAST(strftime('%w', {day}) AS INTEGER) + 6) % 7 + 1"

    def seconds(self, time: str) -> str:
        return f"CAST(strftime('%s', {_to_second(time)}) AS INTEGER)"

    def moved(self, time: str, seconds: str) -> str:
        return f"strftime('%Y-%m-%d %H', {_to_second(time)}, ({seconds}) || ' seconds')"

    def as_day(self, text: str) -> str:
        return text

    def as_text(self, value: str) -> str:
        return value
