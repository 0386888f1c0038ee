"""Amounts of an invoice, and what its other amounts add up to: exact, and in one currency."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from duetrail.model import Invoice, Money
from duetrail.trail.applied import UNSETTLED, Applied


def sums_of(
    invoice: Invoice, applied: Iterable[Applied] = ()
) -> dict[str, tuple[Money | None, Decimal | None]]:
    """By what is compared, an amount of an invoice and what it should be; None where not known.

    Args:
        invoice: The invoice.
        applied: What payments say is applied to it.
    """
    return {
        "total = subtotal + tax - discount": (invoice.total, _issued_for(invoice)),
        "subtotal = sum of lines": (invoice.subtotal, _lines(invoice)),
        "amount_paid = sum of approved allocations": (
            invoice.amount_paid,
            _allocated(invoice, applied),
        ),
        "amount_remaining = amount_due or amount_due - amount_paid": _remaining(invoice),
    }


def _issued_for(invoice: Invoice) -> Decimal | None:
    """What the parts of an invoice come to; of one that tells neither tax nor discount, unknown."""
    if invoice.tax is None and invoice.discount is None:
        return None
    return _total(invoice.subtotal, (invoice.tax,), (invoice.discount,))


def _total(
    base: Money | None, plus: Iterable[Money | None], minus: Iterable[Money | None]
) -> Decimal | None:
    """A sum; an amount that is not given counts as 0, one in another currency makes it None."""
    if base is None or base.amount is None:
        return None
    parts = [(1, part) for part in plus] + [(-1, part) for part in minus]
    known = [(sign, part) for sign, part in parts if part is not None]
    if any(part.amount is None or part.currency != base.currency for _, part in known):
        return None
    return base.amount + sum(sign * (part.amount or Decimal()) for sign, part in known)


def _sum(parts: Iterable[Money | None], currency: str | None) -> Decimal | None:
    amounts = [part.amount if part and part.currency == currency else None for part in parts]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if known and len(known) == len(amounts) else None


def _lines(invoice: Invoice) -> Decimal | None:
    if invoice.lines_complete is False:
        return None
    return _sum((line.total for line in invoice.lines), invoice.currency)


def _allocated(invoice: Invoice, applied: Iterable[Applied]) -> Decimal | None:
    approved = [
        part.amount
        for part in invoice.allocations
        if part.approved and part.payment_status not in UNSETTLED
    ]
    approved += [one.share.amount for one in applied if one.is_cash]
    return _sum(approved, invoice.currency)


def _remaining(invoice: Invoice) -> tuple[Money | None, Decimal | None]:
    says, due = invoice.amount_remaining, invoice.amount_due
    less = _total(due, (), (invoice.amount_paid,))
    if says is None or due is None or less is None:
        return None, None
    # Some vendors subtract from the amount due what was paid, credited or written off, others do
    # not: all are accepted.
    taken_off = (invoice.amount_paid, invoice.amount_credited, invoice.amount_written_off)
    accepted = (due.amount, _total(due, (), taken_off))
    return says, says.amount if says.amount in accepted else less
