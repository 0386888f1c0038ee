"""The trail: everything that happened on one invoice, across vendors."""

from duetrail.trail.checks import Disagreement, checks
from duetrail.trail.events import Event
from duetrail.trail.finding import find_invoice
from duetrail.trail.linking import link_periods, link_same_invoices
from duetrail.trail.same import same_invoices, same_of_each
from duetrail.trail.timeline import Timeline, timeline, timelines
from duetrail.trail.touch_rules import link_touches

__all__ = [
    "Disagreement",
    "Event",
    "Timeline",
    "checks",
    "find_invoice",
    "link_periods",
    "link_same_invoices",
    "link_touches",
    "same_invoices",
    "same_of_each",
    "timeline",
    "timelines",
]
