"""Every metric, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail.errors import UsageError, did_you_mean
from duetrail.stores.metrics.base import BASE
from duetrail.stores.metrics.conversations import CONVERSATIONS
from duetrail.stores.metrics.declaring import BaseView, Metric
from duetrail.stores.metrics.effort import EFFORT
from duetrail.stores.metrics.followed import FOLLOWED
from duetrail.stores.metrics.left_out import LEFT_OUT
from duetrail.stores.metrics.outcomes import OUTCOMES
from duetrail.stores.metrics.people import PEOPLE
from duetrail.stores.metrics.receivables import RECEIVABLES
from duetrail.stores.metrics.touches import TOUCHES
from duetrail.stores.metrics.weekly import WEEKLY, WEEKS

BASE_VIEWS: tuple[BaseView, ...] = (*BASE, *TOUCHES, WEEKS)
"""Every view that metrics are made of, each after those it reads."""

METRICS: tuple[Metric, ...] = (
    *RECEIVABLES,
    *OUTCOMES,
    *EFFORT,
    *FOLLOWED,
    *PEOPLE,
    *CONVERSATIONS,
    *WEEKLY,
    *LEFT_OUT,
)
"""Every metric there is."""

VIEWS: tuple[BaseView | Metric, ...] = (*BASE_VIEWS, *METRICS)
"""Both, each after those it reads."""


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


def needed(name: str) -> Iterator[BaseView | Metric]:
    """A view after all those that it reads, in the order of their declaration."""
    wanted = {name}
    for view in reversed(VIEWS):
        if view.name in wanted:
            wanted.update(view.uses)
    return (view for view in VIEWS if view.name in wanted)


def needs(name: str, view: str) -> bool:
    """Whether a metric reads a view, itself or by others."""
    return any(one.name == view for one in needed(name))
