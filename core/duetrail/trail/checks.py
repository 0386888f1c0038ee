"""Checks: where a vendor's own numbers disagree. They are listed for people, never corrected.

An amount that is not known is not checked. Sums are exact and in one currency. Unit price times
quantity of a line is not checked, as vendors round prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from attrs import frozen

from duetrail.model import Invoice, Money, Ref
from duetrail.source import Period, Source
from duetrail.stores import RecordQuery, Store, from_row


@frozen
class Disagreement:
    """Two numbers of a vendor that should be equal.

    Attributes:
        invoice: The invoice.
        check: What was compared, such as `total = subtotal + tax - discount`.
        says: What the invoice says: an amount with its currency, or a number.
        found: What the other numbers give: a sum, or how many are linked.
    """

    invoice: Ref
    check: str
    says: str
    found: str


def checks(store: Store, sources: Mapping[str, Source]) -> Iterator[Disagreement]:
    """Every disagreement in a store, invoice by invoice.

    Args:
        store: The store.
        sources: What the plugin of each connection declares, by the connection's name; calls are
            counted only where it is known.
    """
    for row in store.records(RecordQuery(Invoice.table, is_present=True)):
        invoice = from_row(row)
        assert isinstance(invoice, Invoice)
        yield from _amounts(invoice)
    for connection, source in sources.items():
        for rule in source.periods:
            yield from _counts(store, connection, rule)


# --- amounts -------------------------------------------------------------------------------------


def _amounts(invoice: Invoice) -> Iterator[Disagreement]:
    sums = {
        "total = subtotal + tax - discount": (
            invoice.total,
            _total(invoice.subtotal, (invoice.tax,), (invoice.discount,)),
        ),
        "subtotal = sum of lines": (invoice.subtotal, _lines(invoice)),
        "amount_paid = sum of approved allocations": (invoice.amount_paid, _allocated(invoice)),
        "amount_remaining = amount_due or amount_due - amount_paid": _remaining(invoice),
    }
    for check, (says, found) in sums.items():
        if says is None or found is None or says.amount is None or says.amount == found:
            continue
        currency = says.currency or ""
        yield Disagreement(invoice.ref, check, f"{says.amount} {currency}", f"{found} {currency}")


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


def _allocated(invoice: Invoice) -> Decimal | None:
    approved = [part.amount for part in invoice.allocations if part.approved]
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


# --- counts --------------------------------------------------------------------------------------


def _counts(store: Store, connection: str, rule: Period) -> Iterator[Disagreement]:
    """Invoices whose number of touches is not the number the vendor counts."""
    check = f"{rule.counted} = {rule.touch.table} in its {rule.name}"
    for id, counted, found in store.miscounted(connection, rule):
        yield Disagreement(Ref(connection, Invoice.table, id), check, str(counted), str(found))
