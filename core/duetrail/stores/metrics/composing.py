"""The statement of a metric: one SELECT that needs no view in the store; or views, to be made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from duetrail.errors import UsageError
from duetrail.stores.metrics.base import OPENING
from duetrail.stores.metrics.catalogue import VIEWS, find_metric, needed
from duetrail.stores.metrics.chosen import tables_of
from duetrail.stores.metrics.columns import Unit
from duetrail.stores.metrics.declaring import BaseView, Metric
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.past import tables_as_of
from duetrail.stores.metrics.postgres import PostgresMetrics
from duetrail.stores.metrics.sqlite import SqliteMetrics

DIALECTS: dict[str, MetricDialect] = {"sqlite": SqliteMetrics(), "postgresql": PostgresMetrics()}
"""Every kind of database by its name."""


def statement(name: str, given: MetricParameters, dialect: str = "sqlite") -> str:
    """The whole query of a metric: it reads the store's tables and nothing else.

    Args:
        name: Its name.
        given: Its parameters, written into the query.
        dialect: `sqlite` or `postgresql`.

    Raises:
        UsageError: There is no such metric.
    """
    metric = find_metric(name)
    columns = ", ".join(column.name for column in metric.columns)
    order = ", ".join(_sorted_by(metric, DIALECTS[dialect].collation))
    return f"{_with(needed(name), given, dialect)}\nSELECT {columns} FROM {name} ORDER BY {order}"


def _with(views: Iterable[BaseView | Metric], given: MetricParameters, dialect: str) -> str:
    """What stands before the SELECT of a query: views, and the tables they are to read."""
    parts = [(view.name, _query(view, given, dialect)) for view in views]
    read = " ".join(sql for _, sql in parts)
    if given.as_of is not None:
        parts = [*tables_as_of(given.as_of, read, dialect, given.connections), *parts]
    elif given.connections:
        parts = [*tables_of(given.connections, read, dialect), *parts]
    return "WITH " + ",\n".join(f"{name} AS (\n{sql}\n)" for name, sql in parts)


def _query(view: BaseView | Metric, given: MetricParameters, dialect: str) -> str:
    if view.name == OPENING and given.opening == "history":
        return _opening_from_history(given, dialect)
    return view.query(DIALECTS[dialect], given)


def _opening_from_history(given: MetricParameters, dialect: str) -> str:
    """The opening balance as the open items of that day, which are worked out inside of it.

    Views and tables inside have the names of those outside, and stand for what they were.
    """
    known = min(given.before, given.as_of or given.before)
    then = evolve(given, on=given.before, as_of=known)
    return f"""\
{_with(needed("metric_open_items"), then, dialect)}
SELECT t.connection, t.id, t.currency, t.amount, 0 AS undated, b.position, b.bucket
FROM (
  SELECT connection, id, currency, sum(remaining) AS amount, max(position) AS position
  FROM metric_open_items GROUP BY connection, id, currency
) AS t JOIN metric_buckets AS b ON b.position = t.position"""


def _sorted_by(metric: Metric, collation: str) -> Iterator[str]:
    """The columns that a metric is sorted by; texts by their code points."""
    texts = {column.name for column in metric.columns if column.unit is Unit.TEXT}
    for one in metric.order.split(", "):
        name, blank, how = one.partition(" ")
        yield f"{name}{collation if name in texts else ''}{blank}{how}"


def create_views(given: MetricParameters, dialect: str = "sqlite") -> tuple[str, ...]:
    """The statements that make a view of each metric, and of what it needs, for other programs.

    Args:
        given: The parameters, written into the views.
        dialect: `sqlite` or `postgresql`.
    """
    if given.as_of is not None:
        raise UsageError("views show the present", hint="Ask for one metric with its past day.")
    if given.connections:
        raise UsageError(
            "views show all connections", hint="Ask for one metric with its connections."
        )
    drops = [f"DROP VIEW IF EXISTS {view.name}" for view in reversed(VIEWS)]
    made = [f"CREATE VIEW {view.name} AS\n{_query(view, given, dialect)}" for view in VIEWS]
    return (*drops, *made)
