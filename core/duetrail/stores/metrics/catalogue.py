"""Every metric, in the order in which they are shown."""

from __future__ import annotations

from duetrail.stores.metrics.base import BASE
from duetrail.stores.metrics.conversations import CONVERSATIONS
from duetrail.stores.metrics.declaring import BaseView, Metric
from duetrail.stores.metrics.effort import EFFORT
from duetrail.stores.metrics.followed import FOLLOWED
from duetrail.stores.metrics.left_out import LEFT_OUT
from duetrail.stores.metrics.people import PEOPLE
from duetrail.stores.metrics.receivables import RECEIVABLES
from duetrail.stores.metrics.touches import TOUCHES
from duetrail.stores.metrics.weekly import WEEKLY, WEEKS

BASE_VIEWS: tuple[BaseView, ...] = (*BASE, *TOUCHES, WEEKS)
"""Every view that metrics are made of, each after those it reads."""

METRICS: tuple[Metric, ...] = (
    *RECEIVABLES,
    *EFFORT,
    *FOLLOWED,
    *PEOPLE,
    *CONVERSATIONS,
    *WEEKLY,
    *LEFT_OUT,
)
"""Every metric there is."""
