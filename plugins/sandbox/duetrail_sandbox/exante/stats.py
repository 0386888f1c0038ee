"""Sums and counts of Exante's invoices by status.

Fields follow the Exante API reference, Invoice Stats: two objects with a key per status. Sums
are what is due, in minor units whatever the currency, which the reference does not name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.exante.forms import status

__all__ = ["stats"]

_STATUSES = (
    "draft",
    "approved",
    "scheduled",
    "sent",
    "overdue",
    "paid",
    "disputed",
    "partially_paid",
    "void",
    "cancelled",
)


def stats(claims: Iterable[Claim]) -> dict[str, Any]:
    """Sum and count; a status that does not occur has 0."""
    amounts, counts = dict.fromkeys(_STATUSES, 0), dict.fromkeys(_STATUSES, 0)
    for claim in claims:
        word = status(claim.invoice)
        amounts[word] += claim.invoice.amount_due
        counts[word] += 1
    return {"amountTotals": amounts, "countTotals": counts}
