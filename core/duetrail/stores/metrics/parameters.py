"""What a metric is asked for: the day, the period, and the limits that the reader sets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NoReturn

from attrs import field, fields, frozen

from duetrail.errors import UsageError, did_you_mean

_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)


@frozen
class ZoneOffset:
    """What a time zone adds to UTC for some time.

    Attributes:
        zone: The zone, as vendors write it.
        begin: The first second since 1970.
        end: The first second after it.
        offset: Seconds to add.
    """

    zone: str
    begin: int
    end: int
    offset: int


@frozen(kw_only=True)
class MetricParameters:
    """The parameters of all metrics; each uses some of them.

    Attributes:
        on: The day that is looked at, to its end in UTC; there is no default.
        as_of: The day at whose end, in UTC, the records are taken from history; if not given, they
            are taken as they are now.
        days: The length of the period that ends with that day.
        months: How many months that is, for the CEI by monthly sales; by default a thirtieth of
            the days.
        buckets: The last day past due of each ageing bucket but the last.
        grace_days: Days after a promised day in which a payment still keeps the promise.
        silent_days: Days without a touch after which an overdue invoice counts as silent.
        within_days: Days after a touch in which a payment is counted as following it.
        most_calls: The most calls to one person in seven days; more are too many.
        quiet_days: Days after a conversation, its own included, in which nobody calls again.
        from_hour: The hour of the customer's day from which on one may call.
        to_hour: The hour of the customer's day from which on one may not call any more.
        connections: Records of these connections only; of all of them if empty.
        opening: Where opening balances are from: `history` or `dates`; looked up in the store.
        zones: The time zones of customers; looked up in the store if not given.

    Raises:
        UsageError: A value is out of its range.
    """

    on: date
    as_of: date | None = None
    days: int = 90
    months: int = field()
    buckets: tuple[int, ...] = (30, 60, 90)
    grace_days: int = 3
    silent_days: int = 14
    within_days: int = 14
    most_calls: int = 7
    quiet_days: int = 7
    from_hour: int = 8
    to_hour: int = 21
    connections: tuple[str, ...] = ()
    opening: str = "dates"
    zones: tuple[ZoneOffset, ...] = ()

    @months.default
    def _months(self) -> int:
        return min(max(1, round(self.days / 30)), 120)

    def __attrs_post_init__(self) -> None:
        if not _FIRST <= self.on <= _LAST:
            _refuse("on", str(self.on), f"a day between {_FIRST} and {_LAST}")
        if self.as_of is not None and not _FIRST <= self.as_of <= _LAST:
            _refuse("as_of", str(self.as_of), f"a day between {_FIRST} and {_LAST}")
        for name, least, most in _RANGES:
            if not least <= getattr(self, name) <= most:
                _refuse(name, getattr(self, name), f"a number from {least} to {most}")
        if self.from_hour >= self.to_hour:
            _refuse("from_hour", self.from_hour, "an hour before to_hour")
        if any("\0" in name for name in self.connections):
            _refuse("connections", self.connections, "names of connections")
        bounds = self.buckets
        if not 0 < len(bounds) <= 24 or list(bounds) != sorted({*bounds}) or bounds[0] < 1:
            _refuse("buckets", bounds, "up to 24 whole numbers above 0, each above the last")

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.on - timedelta(days=self.days - 1)

    @property
    def before(self) -> date:
        """The day before the period."""
        return self.on - timedelta(days=self.days)


_RANGES = (
    ("days", 1, 3660),
    ("months", 1, 120),
    ("grace_days", 0, 366),
    ("silent_days", 0, 3660),
    ("within_days", 1, 366),
    ("most_calls", 0, 1000),
    ("quiet_days", 1, 366),
    ("from_hour", 0, 23),
    ("to_hour", 1, 24),
)


_NOT_SET = ("on", "as_of", "opening", "zones")


def parsed(name: str, text: str) -> Any:
    """A parameter from its text, as on a command line.

    Raises:
        UsageError: There is no such parameter, or that is no value of it.
    """
    known = [one.name for one in fields(MetricParameters) if one.name not in _NOT_SET]
    if name not in known:
        raise UsageError(
            f"there is no parameter {name!r}",
            hint=did_you_mean(name, known, f"There are: {', '.join(known)}."),
        )
    if name == "connections":
        return tuple(text.split(","))
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        _refuse(name, text, "whole numbers")
    if name == "buckets":
        return tuple(numbers)
    if len(numbers) != 1:
        _refuse(name, text, "one whole number")
    return numbers[0]


def _refuse(name: str, value: Any, wanted: str) -> NoReturn:
    raise UsageError(f"{name} cannot be {value!r}", hint=f"Give {wanted}.")
