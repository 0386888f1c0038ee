"""The trail: everything that happened on one invoice, across vendors.

Importing this package is cheap: a sync links, and tells nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duetrail.late import late_names
from duetrail.trail.linking import link_periods, link_same_invoices

if TYPE_CHECKING:
    from duetrail.trail.disagreements import Disagreement, checks
    from duetrail.trail.events import Event
    from duetrail.trail.finding import find_invoice
    from duetrail.trail.same import same_invoices, same_of_each
    from duetrail.trail.telling import Timeline, timeline, timelines
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

_HOME = {
    "duetrail.trail.disagreements": ("Disagreement", "checks"),
    "duetrail.trail.events": ("Event",),
    "duetrail.trail.finding": ("find_invoice",),
    "duetrail.trail.same": ("same_invoices", "same_of_each"),
    "duetrail.trail.telling": ("Timeline", "timeline", "timelines"),
    "duetrail.trail.touch_rules": ("link_touches",),
}

__getattr__ = late_names(__name__, _HOME, {})
