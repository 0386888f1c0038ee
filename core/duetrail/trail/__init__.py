"""The trail: everything that happened on one invoice, across vendors."""

from duetrail.trail.timeline import Event, Timeline, find_invoice, timeline

__all__ = ["Event", "Timeline", "find_invoice", "timeline"]
