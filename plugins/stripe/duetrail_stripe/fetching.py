"""Ask Stripe for its lists, newest first; each page begins after the last row of the one before.

Source: Stripe API reference, Pagination. No list can be filtered by when an object changed, so each
run reads it whole, or what was created in the time the user asks for; what is unchanged is known by
its content.
"""

from __future__ import annotations

from duetrail import by_resource
from duetrail.http import cursor, listed, seconds

_LISTS = ("customers", "invoices", "credit_notes", "charges", "refunds", "disputes")

fetch = by_resource(
    {
        name: listed(
            cursor,
            f"/v1/{name}",
            page_size="limit",
            since=("created[gte]", seconds),
            until=("created[lt]", seconds),
            param="starting_after",
            more="$.has_more",
        )
        for name in _LISTS
    }
)
