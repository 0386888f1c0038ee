"""Metrics: one view per number, asked for by name, with its formula and the SQL of each store."""

from duetrail.stores.metrics.catalogue import METRICS, find_metric
from duetrail.stores.metrics.columns import MetricColumn, Unit
from duetrail.stores.metrics.composing import create_views, statement
from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.parameters import MetricParameters
from duetrail.stores.metrics.reading import MetricRows, metric_sql, read_metric

__all__ = [
    "METRICS",
    "Metric",
    "MetricColumn",
    "MetricParameters",
    "MetricRows",
    "Unit",
    "create_views",
    "find_metric",
    "metric_sql",
    "read_metric",
    "statement",
]
