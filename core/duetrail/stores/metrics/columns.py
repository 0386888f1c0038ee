"""Columns of metrics, each of a known unit: `day("due_on", "when it is due")` is one of days."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from attrs import frozen


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
        help: What it means, for people.
        unit: What it holds.
        is_personal: Whether it tells who somebody is.
    """

    name: str
    help: str
    unit: Unit
    is_personal: bool = False


def _columns(unit: Unit, *, is_personal: bool = False) -> Callable[[str, str], MetricColumn]:
    """What makes columns of a unit, given their name and help."""
    return partial(MetricColumn, unit=unit, is_personal=is_personal)


text = _columns(Unit.TEXT)
person = _columns(Unit.TEXT, is_personal=True)
flag = _columns(Unit.FLAG)
day = _columns(Unit.DAY)
time = _columns(Unit.TIME)
count = _columns(Unit.COUNT)
days = _columns(Unit.DAYS)
rate = _columns(Unit.RATE)
number = _columns(Unit.NUMBER)


def money(name: str, help: str) -> tuple[MetricColumn, MetricColumn]:
    """An amount in the row's currency: exact, and a float for charts."""
    return (
        MetricColumn(name, help, Unit.MONEY),
        MetricColumn(f"{name}_chart", "the same as a float, for charts only", Unit.CHART),
    )
