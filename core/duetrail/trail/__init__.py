"""The trail: everything that happened on one invoice, across vendors."""

from duetrail.trail.linking import link_same_invoices, same_invoices
from duetrail.trail.timeline import Event, Timeline, find_invoice, timeline

__all__ = [
    "Event",
    "Timeline",
    "find_invoice",
    "link_same_invoices",
    "same_invoices",
    "timeline",
]
