"""Where customers stand at Stuut: what is open, what is late, and when they were last heard.

Sums are of minor units, whatever their currencies: the reference has one number per customer
and names no currency for it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.once import once_per_company
from duetrail_sandbox.stuut.remittances import remittances

__all__ = ["Standing", "aging", "is_open", "standings"]

# The upper end in days of each bucket but the last.
_BUCKETS = {"0": 0, "1_30": 30, "31_60": 60, "61_90": 90}
_LAST = "91_plus"


def is_open(invoice: Invoice) -> bool:
    """Whether a customer owes it: a receivable that is neither a draft nor settled."""
    return invoice.kind == "receivable" and invoice.status in ("open", "overdue", "processing")


@frozen(kw_only=True)
class Standing:
    """A customer's sums and clocks over all its invoices."""

    balance: int
    overdue: int
    open_invoices: int
    last_inbound: datetime | None
    outreach: tuple[datetime, str, str] | None


@once_per_company
def standings(company: Company) -> dict[str, Standing]:
    """Work out every customer's standing, by the customer's id."""
    owned: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in company.invoices:
        owned[invoice.customer.id].append(invoice)
    advised: dict[str, list[datetime]] = defaultdict(list)
    for remittance in remittances(company).values():
        if remittance.email is not None and remittance.email.sent is not None:
            advised[remittance.customer.id].append(remittance.email.sent)
    return {owner.id: _standing(owned[owner.id], advised[owner.id]) for owner in company.customers}


def _standing(invoices: list[Invoice], advised: list[datetime]) -> Standing:
    owed = [invoice for invoice in invoices if is_open(invoice)]
    heard = [one.last_inbound for one in invoices if one.last_inbound is not None]
    reached = [one.outreach for one in invoices if one.outreach is not None]
    return Standing(
        balance=sum(one.remaining for one in owed),
        overdue=sum(one.remaining for one in owed if one.status == "overdue"),
        open_invoices=len(owed),
        last_inbound=max(heard + advised, default=None),
        outreach=max(reached, default=None),
    )


def aging(company: Company) -> dict[str, int]:
    """Count and sum what is open by how many days it is late."""
    today = company.now.date()
    buckets: dict[str, list[int]] = {name: [] for name in (*_BUCKETS, _LAST)}
    for invoice in company.invoices:
        if is_open(invoice):
            buckets[_bucket(_days_late(invoice, today))].append(invoice.remaining)
    counted = {f"days_{name}_count": len(found) for name, found in buckets.items()}
    summed = {f"days_{name}_amount": sum(found) for name, found in buckets.items()}
    return counted | summed


def _bucket(days: int) -> str:
    return next((name for name, most in _BUCKETS.items() if days <= most), _LAST)


def _days_late(invoice: Invoice, today: date) -> int:
    """Count calendar days; what is listed as overdue is late by one day at least."""
    if invoice.due is None or invoice.status == "open":
        return 0
    least = 1 if invoice.status == "overdue" else 0
    return max(least, (today - invoice.due.date()).days)
