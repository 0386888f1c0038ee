"""What can happen to an invoice and its customer: written, issued, paid, contested, given up.

Stuut bumps an invoice's time of modification whenever the invoice changes, and a customer's
when the customer does.
"""

from __future__ import annotations

from random import Random

import attrs

from duetrail_sandbox.company.billing import bill
from duetrail_sandbox.company.events import Kinds
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.ledger import Ledger
from duetrail_sandbox.company.people import Customer, make_customer, make_phone
from duetrail_sandbox.company.story import Scene

__all__ = ["BILLING", "grow_old", "is_open"]

BILLING = Kinds("stuut")


def is_open(invoice: Invoice) -> bool:
    """Whether money is to be asked for: issued, and not settled in any way."""
    return (
        invoice.status in ("open", "overdue")
        and invoice.issued is not None
        and invoice.kind == "receivable"
        and invoice.remaining > 1
    )


def _is_payable(invoice: Invoice) -> bool:
    return is_open(invoice) and not invoice.in_dispute


@BILLING.add(rate=0.015)
def invoice_issued(books: Ledger) -> None:
    """A new invoice goes out with its first email, at times to a new customer."""
    scene = _written(books, "receivable")
    if scene is not None:
        scene.issue()
        books.modify(scene.close())


@BILLING.add(rate=0.005)
def invoice_drafted(books: Ledger) -> None:
    """A new invoice is written but not issued."""
    scene = _written(books, "draft")
    if scene is not None:
        scene.status = "draft"
        books.modify(scene.close())


def _written(books: Ledger, kind: str) -> Scene | None:
    """Write the ERP's next invoice; a company without customers has nobody to write one to."""
    if not books.customers:
        return None
    new = books.rng.random() < 0.1
    owner = _newcomer(books) if new else books.rng.choice([*books.customers.values()])
    books.written += 1
    written = bill(books.written, owner, books.rng, kind)
    return Scene(written, books.rng, books.now, books.now)


def _newcomer(books: Ledger) -> Customer:
    index = len(books.customers) + 1
    known = make_customer(index, Random(f"{books.seed}/customer/{index}"), None)
    books.customers[index] = attrs.evolve(known, created=books.now, modified=books.now)
    return books.customers[index]


@BILLING.add(rate=0.005)
def draft_issued(books: Ledger) -> None:
    """A draft gets its number and goes out."""
    found = books.invoice(lambda one: one.status == "draft" and one.total > 0)
    if found is None:
        return
    scene = books.scene(attrs.evolve(found, number=f"INV-{1000 + found.index}"))
    scene.status = None
    scene.issue()
    books.modify(scene.close())


@BILLING.add(rate=0.012)
def invoice_paid(books: Ledger) -> None:
    """An invoice is paid in full."""
    found = books.invoice(_is_payable)
    if found is not None:
        scene = books.scene(found)
        scene.pay()
        scene.status = "paid"
        books.modify(scene.close())


@BILLING.add(rate=0.01)
def invoice_partly_paid(books: Ledger) -> None:
    """A part of what is open is paid."""
    found = books.invoice(lambda one: _is_payable(one) and one.remaining > 100)
    if found is not None:
        scene = books.scene(found)
        scene.pay(books.rng.randint(10, 60))
        books.modify(scene.close())


@BILLING.add(rate=0.004)
def invoice_voided(books: Ledger) -> None:
    """An invoice of which nothing was paid is voided."""
    found = books.invoice(
        lambda one: _is_payable(one) and not one.allocations and one.index != books.showpiece
    )
    if found is not None:
        books.modify(attrs.evolve(found, status="void", voided_at=books.now))


@BILLING.add(rate=0.01)
def dispute_opened(books: Ledger) -> None:
    """The customer contests an invoice."""
    found = books.invoice(_is_payable)
    if found is not None:
        books.modify(attrs.evolve(found, in_dispute=True))


@BILLING.add(rate=0.01)
def dispute_settled(books: Ledger) -> None:
    """A dispute ends, and the invoice is to be paid as it stands."""
    found = books.invoice(lambda one: is_open(one) and one.in_dispute is True)
    if found is not None:
        books.modify(attrs.evolve(found, in_dispute=False))


@BILLING.add(rate=1, most=1)
def invoice_vanished(books: Ledger) -> None:
    """An invoice is gone from Stuut without a trace; Exante, if it has it, keeps it.

    It is never the last one of its customer, and none that Credira has anything about.
    """
    found = books.invoice(
        lambda one: (
            one.index != books.showpiece
            and not one.callouts
            and not one.voice_calls
            and len(books.owned(one.customer)) > 1
        )
    )
    if found is not None:
        books.drop(found)


@BILLING.add(rate=0.005)
def customer_changed(books: Ledger) -> None:
    """A contact gets another number, or outreach is paused or resumed by hand.

    The customer is modified; the invoices and calls that show it are not.
    """
    known = {one.customer.index: one.customer for one in books.invoices.values()}
    if not known:
        return
    owner = books.rng.choice([*known.values()])
    change = books.rng.choice((_another_number, _calls_switched, _emails_switched))
    books.replace_customer(attrs.evolve(change(owner, books), modified=books.now))


def _another_number(owner: Customer, books: Ledger) -> Customer:
    first, *others = owner.contacts
    number = make_phone(books.rng)
    while number == first.phone:
        number = make_phone(books.rng)
    changed = attrs.evolve(first, phone=number, modified=books.now)
    return attrs.evolve(owner, contacts=(changed, *others))


def _calls_switched(owner: Customer, books: Ledger) -> Customer:
    return attrs.evolve(owner, calls_paused=not owner.calls_paused)


def _emails_switched(owner: Customer, books: Ledger) -> Customer:
    return attrs.evolve(owner, emails_paused=not owner.emails_paused)


def grow_old(books: Ledger) -> None:
    """Let open invoices whose due date has passed be overdue, at both vendors."""
    for one in [*books.invoices.values()]:
        if _has_fallen_due(one, books):
            books.modify(attrs.evolve(one, status="overdue"))
    for claim in [*books.claims.values()]:
        # Those that Stuut has lost.
        if _has_fallen_due(claim.invoice, books):
            late = attrs.evolve(claim.invoice, status="overdue", modified=books.now)
            books.put_claim(attrs.evolve(claim, invoice=late))


def _has_fallen_due(invoice: Invoice, books: Ledger) -> bool:
    return invoice.status == "open" and invoice.due is not None and invoice.due < books.now
