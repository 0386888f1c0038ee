"""Every metric, in the order in which they are shown."""

from __future__ import annotations

from duetrail.stores.metrics.declaring import Metric
from duetrail.stores.metrics.receivables import RECEIVABLES

METRICS: tuple[Metric, ...] = (*RECEIVABLES,)
"""Every metric there is."""
