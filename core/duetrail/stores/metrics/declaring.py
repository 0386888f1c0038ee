"""What a metric is: a view with a name, a formula, and columns of a known unit."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from attrs import frozen

from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters


class Unit(StrEnum):
    """What a column of a metric holds."""

    TEXT = "text"
    FLAG = "yes/no"
    DAY = "day"
    TIME = "time (UTC)"
    COUNT = "count"
    DAYS = "days"
    MONEY = "money"
    RATE = "share of 1"
    NUMBER = "number"
    CHART = "money, for charts"


@frozen
class MetricColumn:
    """A column of a metric.

    Attributes:
        name: Its name; one that ends in `_chart` is a float, good for charts only.
        unit: What it holds.
        help: What that means, for people.
        is_personal: Whether it tells who somebody is.
    """

    name: str
    unit: Unit
    help: str
    is_personal: bool = False


Query = Callable[[MetricDialect, MetricParameters], str]
"""Writes the SELECT of a view, for a kind of database and some parameters."""


@frozen(kw_only=True)
class Metric:
    """A number one can ask for by name: a view and what it means.

    Attributes:
        name: The name of the view.
        help: What it tells, in one sentence.
        formula: How it is worked out.
        source: Where that is defined.
        uses: The views it reads, each of which is read the same way.
        columns: Its columns, in order.
        order: The columns it is sorted by.
        query: Its SQL.
    """

    name: str
    help: str
    formula: str
    source: str
    uses: tuple[str, ...]
    columns: tuple[MetricColumn, ...]
    order: str
    query: Query


@frozen
class BaseView:
    """A view that metrics are made of; not asked for by itself.

    Attributes:
        name: Its name.
        uses: The views it reads.
        query: Its SQL.
    """

    name: str
    uses: tuple[str, ...]
    query: Query


def text(name: str, help: str) -> MetricColumn:
    """A column of text."""
    return MetricColumn(name, Unit.TEXT, help)


def person(name: str, help: str) -> MetricColumn:
    """A column of text that tells who somebody is."""
    return MetricColumn(name, Unit.TEXT, help, is_personal=True)


def flag(name: str, help: str) -> MetricColumn:
    """A column of yes and no."""
    return MetricColumn(name, Unit.FLAG, help)


def day(name: str, help: str) -> MetricColumn:
    """A column of calendar days."""
    return MetricColumn(name, Unit.DAY, help)


def time(name: str, help: str) -> MetricColumn:
    """A column of times in UTC."""
    return MetricColumn(name, Unit.TIME, help)


def count(name: str, help: str) -> MetricColumn:
    """A column of whole numbers."""
    return MetricColumn(name, Unit.COUNT, help)


def days(name: str, help: str) -> MetricColumn:
    """A column of whole numbers of days."""
    return MetricColumn(name, Unit.DAYS, help)


def rate(name: str, help: str) -> MetricColumn:
    """A column of shares, from 0 to 1."""
    return MetricColumn(name, Unit.RATE, help)


def number(name: str, help: str) -> MetricColumn:
    """A column of averages and the like, as floats."""
    return MetricColumn(name, Unit.NUMBER, help)


def money(name: str, help: str) -> tuple[MetricColumn, MetricColumn]:
    """An amount in the row's currency: exact, and a float for charts."""
    return (
        MetricColumn(name, Unit.MONEY, help),
        MetricColumn(f"{name}_chart", Unit.CHART, "the same as a float, for charts only"),
    )
