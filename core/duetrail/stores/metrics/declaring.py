"""What a metric is: a view with a name, a formula, and columns of a known unit."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from duetrail.stores.metrics.columns import MetricColumn
from duetrail.stores.metrics.dialects import MetricDialect
from duetrail.stores.metrics.parameters import MetricParameters

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
