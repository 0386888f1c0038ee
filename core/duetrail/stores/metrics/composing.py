"""The statement of a metric: one SELECT that needs no view in the store; or views, to be made."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail.errors import UsageError, did_you_mean
from duetrail.stores.metrics.catalogue import BASE_VIEWS, METRICS
from duetrail.stores.metrics.declaring import BaseView, Metric, Unit
from duetrail.stores.metrics.dialects import DIALECTS
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.tables import tables_read

_VIEWS: tuple[BaseView | Metric, ...] = (*BASE_VIEWS, *METRICS)


def find_metric(name: str) -> Metric:
    """The metric of a name.

    Raises:
        UsageError: There is none.
    """
    known = {metric.name: metric for metric in METRICS}
    if name not in known:
        raise UsageError(
            f"there is no metric {name!r}",
            hint=did_you_mean(name, known, "`duetrail metrics` lists them."),
        )
    return known[name]


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
    views = [(view.name, view.query(DIALECTS[dialect], given)) for view in _needed(name)]
    read = " ".join(sql for _, sql in views)
    views = [*tables_read(given, read, dialect), *views]
    parts = ",\n".join(f"{view} AS (\n{sql}\n)" for view, sql in views)
    columns = ", ".join(column.name for column in metric.columns)
    order = ", ".join(_sorted_by(metric, DIALECTS[dialect].collation))
    return f"WITH {parts}\nSELECT {columns} FROM {name} ORDER BY {order}"


def _sorted_by(metric: Metric, collation: str) -> Iterator[str]:
    """The columns that a metric is sorted by; texts by their code points."""
    texts = {column.name for column in metric.columns if column.unit is Unit.TEXT}
    for one in metric.order.split(", "):
        name, blank, how = one.partition(" ")
        yield f"{name}{collation if name in texts else ''}{blank}{how}"


def needs(name: str, view: str) -> bool:
    """Whether a metric reads a view, itself or by others."""
    return any(one.name == view for one in _needed(name))


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
            "views show every connection", hint="Ask for one metric with its connections."
        )
    words = DIALECTS[dialect]
    drops = [f"DROP VIEW IF EXISTS {view.name}" for view in reversed(_VIEWS)]
    made = [f"CREATE VIEW {view.name} AS\n{view.query(words, given)}" for view in _VIEWS]
    return (*drops, *made)


def _needed(name: str) -> Iterator[BaseView | Metric]:
    """A view after all those that it reads, in the order of their declaration."""
    wanted = {name}
    for view in reversed(_VIEWS):
        if view.name in wanted:
            wanted.update(view.uses)
    return (view for view in _VIEWS if view.name in wanted)
