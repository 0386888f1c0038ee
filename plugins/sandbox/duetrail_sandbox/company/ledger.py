"""The books of a living company while one event after another is written into them.

A company is a value and never changes: its next state is made from a ledger's rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import attrs

from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.company.story import Scene
from duetrail_sandbox.company.touches import Call, Email
from duetrail_sandbox.company.uids import uid

__all__ = ["CALL_TIME", "Ledger", "drawn"]

# A call seen now began so long ago: it has ended, and its record has been written.
CALL_TIME = timedelta(minutes=20)
# How often a row is guessed before all of them are looked through.
_GUESSES = 40
# A scene makes fewer ids than this in one event.
_IDS = 16

T = TypeVar("T")
_Touch = TypeVar("_Touch", Email, Call)


def drawn(rows: Sequence[T], rng: Random, fits: Callable[[T], bool]) -> T | None:
    """Draw one of the rows that fit, or ``None`` where none does."""
    for _ in range(_GUESSES if rows else 0):
        row = rng.choice(rows)
        if fits(row):
            return row
    fitting = [row for row in rows if fits(row)]
    return rng.choice(fitting) if fitting else None


class Ledger:
    """Customers, invoices and claims by their keys, with the moment and the lot of an event.

    ``written`` is the last number the ERP has given out, ``struck`` the uids that Exante has
    deleted and never lists again.
    """

    def __init__(
        self,
        *,
        seed: int,
        day: int,
        now: datetime,
        customers: Sequence[Customer],
        invoices: Sequence[Invoice],
        claims: Sequence[Claim],
        showpiece: int,
        written: int,
        struck: frozenset[str],
    ) -> None:
        """Open the books; ``showpiece`` is the index of the invoice that must stay."""
        self.seed = seed
        self.day = day
        self.now = now
        self.rng = Random()
        self.customers = {one.index: one for one in customers}
        self.invoices = {one.index: one for one in invoices}
        self.claims = {one.uid: one for one in claims}
        self.showpiece = showpiece
        self.written = written
        self.struck = struck
        self._number = 0
        self._owned: dict[int, list[int]] = defaultdict(list)
        for one in invoices:
            self._owned[one.customer.index].append(one.index)

    def turn_to(self, number: int, moment: datetime) -> None:
        """Begin an entry: the clock moves, never backwards, and the lot is drawn anew."""
        self.now = max(self.now, moment)
        self.rng = Random(f"{self.seed}/life/{self.day}/{number}")
        self._number = number

    # Look up

    def invoice(self, fits: Callable[[Invoice], bool]) -> Invoice | None:
        """Draw an invoice that Stuut has."""
        return drawn(list(self.invoices.values()), self.rng, fits)

    def claim(self, fits: Callable[[Claim], bool]) -> Claim | None:
        """Draw an invoice that Exante has."""
        return drawn(self.listed(), self.rng, fits)

    def listed(self) -> list[Claim]:
        """All that Exante has, in the order of the ERP's numbers."""
        return sorted(self.claims.values(), key=lambda one: one.invoice.index)

    def owned(self, customer: Customer) -> list[Invoice]:
        """All invoices of a customer."""
        return [self.invoices[index] for index in self._owned[customer.index]]

    def scene(self, invoice: Invoice, *, call: bool = False) -> Scene:
        """Go on with an invoice's story; with ``call`` the clock leaves time for a call."""
        clock = self.now - CALL_TIME if call else self.now
        chapter = (self.day, self._number * _IDS)
        return Scene.resumed(invoice, self.rng, clock, self.now, chapter)

    # Write

    def put(self, invoice: Invoice) -> None:
        """Enter an invoice as it is now; what Exante knows of it changes with it."""
        if invoice.index not in self.invoices:
            self._owned[invoice.customer.index].append(invoice.index)
        self.invoices[invoice.index] = invoice
        claim = self.claims.get(uid("invoice", invoice.id))
        if claim is not None:
            self.put_claim(attrs.evolve(claim, invoice=_known_as(invoice, claim)))

    def modify(self, invoice: Invoice) -> None:
        """Enter an invoice that Stuut sees change.

        It and every email and call in it that is not the very one as before is modified now.
        """
        before = self.invoices.get(invoice.index)
        kept = {id(one) for one in (*before.emails, *before.calls)} if before else set()
        self.put(
            attrs.evolve(
                invoice,
                modified=self.now,
                emails=tuple(self._stamped(one, kept) for one in invoice.emails),
                calls=tuple(self._stamped(one, kept) for one in invoice.calls),
            )
        )

    def _stamped(self, touch: _Touch, kept: set[int]) -> _Touch:
        return touch if id(touch) in kept else attrs.evolve(touch, modified=self.now)

    def replace_email(self, invoice: Invoice, email: Email) -> None:
        """Enter a changed email in every invoice it is about; ``invoice`` is one of them."""
        for one in self.owned(invoice.customer):
            if any(email.id == other.id for other in one.emails):
                emails = tuple(email if email.id == old.id else old for old in one.emails)
                self.modify(attrs.evolve(one, emails=emails))

    def replace_call(self, invoice: Invoice, call: Call) -> None:
        """Enter a changed call in every invoice it is about; ``invoice`` is one of them."""
        for one in self.owned(invoice.customer):
            if any(call.id == other.id for other in one.calls):
                calls = tuple(call if call.id == old.id else old for old in one.calls)
                self.modify(attrs.evolve(one, calls=calls))

    def replace_customer(self, customer: Customer) -> None:
        """Enter a changed customer wherever Stuut shows it; its invoices are not modified."""
        self.customers[customer.index] = customer
        for one in self.owned(customer):
            calls = tuple(attrs.evolve(call, customer=customer) for call in one.calls)
            # Not put: Exante shows neither the calls nor this customer.
            self.invoices[one.index] = attrs.evolve(one, customer=customer, calls=calls)

    def drop(self, invoice: Invoice) -> None:
        """Strike an invoice out at Stuut; Exante keeps what it has."""
        del self.invoices[invoice.index]
        self._owned[invoice.customer.index].remove(invoice.index)

    # Exante's side

    def as_claimed(self, invoice: Invoice) -> Invoice:
        """The invoice as Exante takes it on, with the customer as on its other claims."""
        index = invoice.customer.index
        others = (one for one in self.claims.values() if one.invoice.customer.index == index)
        other = next(others, None)
        return invoice if other is None else _known_as(invoice, other)

    def put_claim(self, claim: Claim) -> None:
        """Enter a claim as it is now."""
        self.claims[claim.uid] = claim

    def strike(self, claim: Claim) -> None:
        """Delete a claim with its emails, for good."""
        del self.claims[claim.uid]
        self.struck |= {claim.uid}


def _known_as(invoice: Invoice, claim: Claim) -> Invoice:
    """The invoice with its customer as Exante knows it: nobody tells it of changes."""
    known = claim.invoice.customer
    return invoice if known is invoice.customer else attrs.evolve(invoice, customer=known)
