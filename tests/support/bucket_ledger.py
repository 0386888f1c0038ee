"""The sandbox's own ledger: what its customers owe on a day, by currency and ageing bucket."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from duetrail.model.money import exponent
from duetrail_sandbox.company import Company


def ledger(company: Company, day: date) -> Counter[tuple[str, str]]:
    """What is owed, worked out from the company itself and not from any vendor's answer."""
    found: Counter[tuple[str, str]] = Counter()
    for one in company.invoices:
        is_owed = one.kind == "receivable" and one.status in ("open", "overdue", "processing")
        if is_owed and one.remaining > 0:
            scale = exponent(one.currency)
            assert scale is not None
            found[one.currency, _bucket(one.due, day)] += Decimal(one.remaining).scaleb(-scale)
    return found


def _bucket(due: object, day: date) -> str:
    if due is None:
        return "no due date"
    past = (day - due.date()).days
    bounds = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
    return next((name for most, name in bounds if past <= most), "90+")
