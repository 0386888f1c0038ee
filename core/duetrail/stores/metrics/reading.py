"""Reading a metric: the same values of the same Python types from every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from attrs import evolve, frozen

from duetrail.errors import StoreError, UsageError
from duetrail.stores.history import KeepsHistory
from duetrail.stores.metrics.base import OPENING
from duetrail.stores.metrics.catalogue import find_metric, needs
from duetrail.stores.metrics.chosen import is_chosen
from duetrail.stores.metrics.columns import Unit
from duetrail.stores.metrics.composing import create_views, statement
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.zones import offsets


@runtime_checkable
class AnswersQueries(Protocol):
    """A store with tables that can be asked in SQL; one of a plugin need not be."""

    sql_dialect: str

    def answer(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one."""


_ZONES = "SELECT DISTINCT timezone FROM parties WHERE timezone IS NOT NULL"

# Seven days may begin before the period in which they end; so may the days after a conversation.
_WEEK = 7


@frozen
class MetricRows:
    """The rows of a metric.

    Attributes:
        metric: The metric.
        rows: Its rows: text, Decimal for money, int for counts and days, float for rates, date,
            datetime, bool; None where something is not known.
        sql: The query that was asked.
    """

    metric: Metric
    rows: list[tuple[Any, ...]]
    sql: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.metric.columns)

    def without_people(self) -> MetricRows:
        """The same without the columns that tell who somebody is."""
        kept = [at for at, one in enumerate(self.metric.columns) if not one.is_personal]
        columns = tuple(self.metric.columns[at] for at in kept)
        rows = [tuple(row[at] for at in kept) for row in self.rows]
        return evolve(self, metric=evolve(self.metric, columns=columns), rows=rows)

    def dicts(self) -> Iterator[dict[str, Any]]:
        """The rows by the names of their columns."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)


def read_metric(store: object, name: str, given: MetricParameters) -> MetricRows:
    """Ask a store for a metric.

    Args:
        store: A store.
        name: The metric's name.
        given: The day to look at, and the other parameters.

    Raises:
        UsageError: There is no such metric.
        StoreError: The store has no tables to ask in SQL, or cannot be used.
    """
    metric = find_metric(name)
    (sql,) = metric_sql(store, name, given)
    assert isinstance(store, AnswersQueries)
    makers = [_MAKERS[column.unit] for column in metric.columns]
    rows = [
        tuple(None if value is None else make(value) for make, value in zip(makers, row))  # noqa: B905
        for row in store.answer(sql)
    ]
    return MetricRows(metric, rows, sql)


def metric_sql(store: object, name: str | None, given: MetricParameters) -> tuple[str, ...]:
    """The query of a metric in the store's SQL; without a name, statements that make views.

    Raises:
        UsageError: There is no such metric.
        StoreError: The store has no tables to ask in SQL, or cannot be used.
    """
    if not isinstance(store, AnswersQueries):
        raise StoreError(
            f"{type(store).__name__} has no tables to ask in SQL, so it has no metrics",
            hint="Metrics need a SQLite or PostgreSQL store.",
        )
    if given.as_of is not None:
        _refuse_unknown_past(store, given.as_of)
    if name is None or needs(find_metric(name).name, "metric_zones"):
        given = _with_zones(store, given)
    if (name is None or needs(name, OPENING)) and _is_known(store, given):
        given = evolve(given, opening="history")
    if name is None:
        return create_views(given, store.sql_dialect)
    return (statement(name, given, store.sql_dialect),)


def _refuse_unknown_past(store: object, day: date) -> None:
    """Refuse a day of which the store does not know what it was."""
    state = store.history_state() if isinstance(store, KeepsHistory) else None
    if state is None:
        raise UsageError(
            "the store does not know what it was on a past day",
            hint="Run `duetrail history build`: it knows what records were since the first sync.",
        )
    since = date.fromisoformat(state.since[:10]) if state.since else date.max
    if day < since:
        raise UsageError(
            f"the store knows what it was from {since} on, not on {day}",
            hint=f"Ask as of {since} or later.",
        )


def _is_known(store: AnswersQueries, given: MetricParameters) -> bool:
    """Whether history knows the day before the period, of every connection that has invoices."""
    state = store.history_state() if isinstance(store, KeepsHistory) else None
    if state is None or state.since[:10] > given.before.isoformat():
        return False
    until = f"'{(given.before + timedelta(days=1)).isoformat()}T00:00:00.000000Z'"
    ((unknown,),) = store.answer(
        "SELECT count(*) FROM (SELECT DISTINCT connection FROM invoices) AS i WHERE NOT EXISTS ("
        "SELECT 1 FROM history AS h WHERE h.connection = i.connection AND h.record = 'invoices' "
        f"AND h.valid_from < {until}) AND {is_chosen(given.connections, 'i.connection')}"
    )
    return not unknown


def _with_zones(store: AnswersQueries, given: MetricParameters) -> MetricParameters:
    """The parameters with the time zones of the customers that are stored."""
    if given.zones:
        return given
    names = [name for (name,) in store.answer(_ZONES)]
    first = given.first - timedelta(days=max(_WEEK, given.quiet_days))
    return evolve(given, zones=offsets(names, first, given.on)) if names else given


def _decimal(value: Any) -> Decimal:
    """An amount; PostgreSQL writes a product with all digits of its factors."""
    return Decimal(str(value))


def _whole(value: Any) -> int:
    return int(Decimal(str(value)))


_MAKERS: Mapping[Unit, Callable[[Any], Any]] = {
    Unit.TEXT: str,
    Unit.FLAG: lambda value: bool(int(value)),
    Unit.DAY: lambda value: date.fromisoformat(str(value)[:10]),
    Unit.TIME: lambda value: datetime.fromisoformat(str(value)),
    Unit.COUNT: _whole,
    Unit.DAYS: _whole,
    Unit.MONEY: _decimal,
    Unit.RATE: float,
    Unit.NUMBER: float,
    Unit.CHART: float,
}
