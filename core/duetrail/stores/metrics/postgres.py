"""PostgreSQL's words for metrics."""

from __future__ import annotations

from datetime import date

from duetrail.stores.metrics.dialects import MOST_DIGITS


class PostgresMetrics:
    """See `duetrail.stores.metrics.dialects.MetricDialect`."""

    name = "postgresql"
    currency_columns = "currency, digits, scale, step"
    collation = ' COLLATE "C"'

    def currency_row(self, currency: str, digits: int) -> str:
        # A product with it is exact, where a quotient may be rounded.
        step = "1" if digits == 0 else f"0.{1:0{digits}}"
        return f"('{currency}' COLLATE \"C\", {digits}, {10**digits}, {step})"

    def units(self, amount: str, digits: str = "c.digits", scale: str = "c.scale") -> str:
        scaled = f"{amount} * {scale}"
        return (
            f"CASE WHEN {digits} IS NOT NULL AND {scaled} = trunc({scaled}) "
            f"AND abs({scaled}) < 1{'0' * MOST_DIGITS} THEN trunc({scaled}) END"
        )

    def is_too_large(self, amount: str) -> str:
        return f"abs({amount} * c.scale) >= 1{'0' * MOST_DIGITS}"

    def major(self, units: str) -> str:
        return f"({units}) * c.step"

    def fine(self, units: str, digits: int) -> str:
        return f"({units}) * 0.{1:0{digits}}"

    def day(self, time: str) -> str:
        return f"CAST({time} AT TIME ZONE 'UTC' AS date)"

    def literal(self, value: date) -> str:
        return f"DATE '{value.isoformat()}'"

    def plus(self, day: str, days: str) -> str:
        return f"({day} + ({days}))"

    def between(self, later: str, earlier: str) -> str:
        return f"({later} - {earlier})"

    def weekday(self, day: str) -> str:
        return f"CAST(extract(isodow FROM {day}) AS integer)"

    def seconds(self, time: str) -> str:
        return f"CAST(floor(extract(epoch FROM {time})) AS bigint)"

    def moved(self, time: str, seconds: str) -> str:
        return (
            f"to_char({time} AT TIME ZONE 'UTC' + ({seconds}) * interval '1 second', "
            "'YYYY-MM-DD HH24')"
        )

    def as_day(self, text: str) -> str:
        return f"CAST({text} AS date)"

    def as_text(self, value: str) -> str:
        return f"CAST({value} AS text)"
