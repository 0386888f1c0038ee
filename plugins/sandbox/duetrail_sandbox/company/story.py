"""How the story of one invoice is told: a scene whose clock only moves forward.

A plot (:mod:`duetrail_sandbox.company.plots`) calls the verbs of a :class:`Scene` in order;
``close`` then gives the finished invoice. A later day goes on from there with
:meth:`Scene.resumed`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import attrs

from duetrail_sandbox.company.clock import NOW, after
from duetrail_sandbox.company.invoices import Allocation, Bill, Invoice, Payment
from duetrail_sandbox.company.money import shown
from duetrail_sandbox.company.outreach import Topic, dialled, letter, planned_call, reply
from duetrail_sandbox.company.people import TEAM
from duetrail_sandbox.company.touches import Call, Callout, Email, VoiceCall
from duetrail_sandbox.company.uids import make_id

__all__ = ["Scene"]

_MEMOS = ("Thank you for your business.", "Delivery in two parts, as agreed.", None, None)
_NOTES = (
    "Ask for the new purchase order first.",
    "Prefers to be called before noon.",
    None,
    None,
    None,
)


class Scene:
    """One invoice while its story is being told. ``clock`` is an aware UTC moment.

    ``now`` is the company's: what is planned lies after it.
    """

    def __init__(self, bill: Bill, rng: Random, start: datetime, now: datetime = NOW) -> None:
        """Begin at ``start``, the moment the invoice is written."""
        self.bill = bill
        self.rng = rng
        self.now = now
        self.clock = start
        self.created = start - timedelta(minutes=rng.randint(40, 600))
        self.contact = bill.customer.contacts[0]
        self.address = self.contact.email
        self.thread: str | None = None
        self.amount_due = bill.total
        self.issued: datetime | None = None
        self.due: datetime | None = None
        self.status: str | None = None
        self.voided_at: datetime | None = None
        self.written_off_at: datetime | None = None
        self.promised_on: date | None = None
        self.in_dispute: bool | None = False if rng.random() < 0.8 else None
        self.emails: list[Email] = []
        self.calls: list[Call] = []
        self.allocations: list[Allocation] = []
        self.voice_calls: list[VoiceCall] = []
        self.callouts: list[Callout] = []
        self.final_payment: Allocation | None = None
        self._before: Invoice | None = None
        self._chapter: tuple[int, ...] = ()
        self._ordinal = 0

    @classmethod
    def resumed(
        cls, before: Invoice, rng: Random, clock: datetime, now: datetime, chapter: tuple[int, int]
    ) -> Scene:
        """Go on at ``clock`` with an invoice that was finished once.

        ``chapter`` keeps new ids apart from those of other days: the day, and a number that is
        followed by fifteen free ones.
        """
        scene = cls(before, rng, clock, now)
        scene._before, scene._chapter = before, chapter
        scene.created = before.created
        scene.amount_due = before.amount_due
        scene.issued, scene.due = before.issued, before.due
        scene.status = None if before.status in ("open", "overdue") else before.status
        scene.voided_at, scene.written_off_at = before.voided_at, before.written_off_at
        scene.promised_on, scene.in_dispute = before.promised_on, before.in_dispute
        scene.emails, scene.calls = list(before.emails), list(before.calls)
        scene.thread = next((one.thread_id for one in reversed(before.emails)), None)
        scene.allocations = list(before.allocations)
        scene.voice_calls, scene.callouts = list(before.voice_calls), list(before.callouts)
        return scene

    # Time

    def wait(self, low: int, high: int) -> None:
        """Let ``low`` to ``high`` days pass."""
        self.clock = after(self.clock, self.rng, low, high)

    def past_due(self, days: int) -> None:
        """Move to ``days`` after the due date (before it, if negative), never backwards."""
        assert self.due is not None, "an invoice has a due date once it is issued"
        self.clock = max(self.clock, after(self.due, self.rng, days, days))

    def key(self) -> tuple[int, ...]:
        """The next place in this invoice, for an id."""
        self._ordinal += 1
        if not self._chapter:
            return self.bill.index, self._ordinal
        day, number = self._chapter
        return self.bill.index, day, number + self._ordinal

    # What is open

    @property
    def paid(self) -> int:
        """The approved payments so far, in minor units."""
        return sum(share.amount for share in self.allocations if share.approved)

    @property
    def open_amount(self) -> int:
        """What is still to be paid, in minor units."""
        return self.amount_due - self.paid

    def topic(self) -> Topic:
        """What an email or call written now is about."""
        return Topic(
            bills=(self.bill,),
            contact=self.contact,
            address=self.address,
            amount=shown(self.open_amount, self.bill.currency),
            due=self.due.date().isoformat() if self.due else "receipt",
            key=self.key(),
        )

    # Steps

    def issue(self) -> None:
        """Send the invoice out; it falls due at midnight UTC after its terms."""
        self.issued = self.clock
        day = self.clock.replace(hour=0, minute=0)
        self.due = day + timedelta(days=self.bill.terms)
        self.write("invoice_issued", attach=True)

    def write(self, reason: str, **how: Any) -> Email:
        """Write an email to the customer, in the invoice's one thread."""
        email = letter(self.topic(), reason, self.clock, self.rng, thread=self.thread, **how)
        self.thread = email.thread_id
        self.emails.append(email)
        return email

    def bounce(self, reason: str) -> None:
        """Write to an outdated address, learn of the bounce, correct it and write again."""
        self.address = f"former.{self.contact.email}"
        self.write(reason, bounced=True)
        self.address = self.contact.email
        self.wait(1, 2)
        self.write(reason)

    def hear(self, reason: str, attach: str | None = None) -> Email:
        """Get an email from the customer, in answer to the last one written."""
        sent = [email for email in self.emails if email.direction == "outbound"]
        email = reply(
            self.topic(), reason, self.clock, self.rng, sent[-1] if sent else None, attach=attach
        )
        self.emails.append(email)
        return email

    def ring(self, kind: str, *, inbound: bool = False) -> Call:
        """Let the AI agent call the customer, or the customer call us."""
        call = dialled(self.topic(), kind, self.clock, self.rng, inbound=inbound)
        self.calls.append(call)
        return call

    def plan_call(self) -> None:
        """Leave a call waiting for approval."""
        self.calls.append(planned_call(self.topic(), self.clock, self.rng))

    def promise(self, days: int) -> None:
        """Have the customer promise on the phone to pay within ``days``."""
        self.ring("promise")
        self.promised_on = self.clock.date() + timedelta(days=days)

    def pay(self, percent: int = 100, *, approved: bool | None = True) -> None:
        """Pay a share of what is open; what is not approved is only a proposed match."""
        amount = self.open_amount * percent // 100
        payment = Payment(
            id=make_id("pay", self.rng, *self.key()),
            remote_id=f"PMT-{self.bill.index:06d}-{len(self.allocations) + 1}",
            # Some pay too much; the rest stays on account and belongs to no invoice.
            amount=amount + (self.rng.randint(1, 400) if self.rng.random() < 0.05 else 0),
            currency=self.bill.currency,
            method=self.rng.choice(("ach", "wire", "check", "card")),
            status="matched" if approved else "pending_match",
            time=self.clock,
            reference=f"REF{self.rng.randint(100000, 999999)}",
            refunded=0 if self.rng.random() < 0.3 else None,
            payer=self.contact.email,
            customer_id=self.bill.customer.id,
        )
        share = self.allot(payment, amount, approved=approved)
        if approved and self.open_amount == 0:
            self.final_payment = share

    def allot(self, payment: Payment, amount: int, *, approved: bool | None) -> Allocation:
        """Put a share of a payment on this invoice."""
        share = Allocation(
            id=make_id("alc", self.rng, *self.key()),
            payment=payment,
            amount=amount,
            strategy=self.rng.choice(("automatic", "manual")),
            approved=approved,
            approver=self.rng.choice(TEAM) if approved else None,
            created=payment.time,
        )
        self.allocations.append(share)
        return share

    # The end

    def close(self) -> Invoice:
        """Finish: everything in the order in which it happened."""
        if self._before is not None:
            return attrs.evolve(self._before, **self._told())
        facts = {field.name: getattr(self.bill, field.name) for field in attrs.fields(Bill)}
        memo, note = self.rng.choice(_MEMOS), self.rng.choice(_NOTES)
        return Invoice(**facts, **self._told(), memo=memo, note=note)

    def _told(self) -> dict[str, Any]:
        settled = self.status == "paid"
        return {
            "status": self.status or self._open_status(),
            "amount_due": self.amount_due,
            "paid": self.paid,
            "created": self.created,
            "modified": self._last_change(),
            "issued": self.issued,
            "due": self.due,
            "paid_at": max(share.payment.time for share in self.allocations) if settled else None,
            "voided_at": self.voided_at,
            "written_off_at": self.written_off_at,
            "promised_on": self.promised_on,
            "in_dispute": self.in_dispute,
            "emails": tuple(sorted(self.emails, key=lambda email: email.created)),
            "calls": tuple(sorted(self.calls, key=lambda call: call.created)),
            "allocations": tuple(self.allocations),
            "voice_calls": tuple(self.voice_calls),
            "callouts": tuple(self.callouts),
        }

    def _open_status(self) -> str:
        return "overdue" if self.due is not None and self.due < self.now else "open"

    def _last_change(self) -> datetime:
        moments = [self.created, self.clock]
        moments += [email.modified for email in self.emails]
        moments += [call.modified for call in self.calls]
        moments += [share.created for share in self.allocations]
        return max(moments)
