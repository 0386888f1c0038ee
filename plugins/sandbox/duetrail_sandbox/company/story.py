"""One invoice while its story is told: what can happen to it at Stuut, and what it is then.

Everything that happens does so at the story's clock, which is its customer's, and modifies the
invoice at that moment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import attrs

from duetrail_sandbox.company.clock import after, office_time
from duetrail_sandbox.company.invoices import Allocation, Bill, Invoice, Payment
from duetrail_sandbox.company.money import shown
from duetrail_sandbox.company.people import TEAM, Contact, Customer
from duetrail_sandbox.company.telling import Process, Schedule
from duetrail_sandbox.company.touches import Call, Callout, Email, VoiceCall
from duetrail_sandbox.company.uids import make_id
from duetrail_sandbox.company.writing import Topic, call, email, planned_call, reply

__all__ = ["Story"]

_MEMOS = ("Thank you for your business.", "Delivery in two parts, as agreed.", None, None)
_NOTES = ("Ask for the new purchase order first.", "Prefers to be called before noon.", None, None)
_FINAL = ("paid", "void", "uncollectible")
# How long after it was sent an email may still bounce; before a day it would not be late.
_LATE = (timedelta(days=1), timedelta(days=60))


class Story:
    """An invoice of a customer, from the moment it is written.

    ``touches`` are shared: one email or call may be about several stories of a customer.
    """

    def __init__(self, bill: Bill, rng: Random, schedule: Schedule, siblings: list[Story]) -> None:
        """Begin now; ``siblings`` are all stories of the customer, this one among them."""
        self.bill = bill
        self.rng = rng
        self.schedule = schedule
        self.siblings = siblings
        # Whether nothing but its own script may pay it.
        self.is_showpiece = False
        self.number = bill.number
        self.created = self.modified = schedule.clock
        self.amount_due = bill.total
        self.issued: datetime | None = None
        self.due: datetime | None = None
        self.status = "open"
        self.settled_at: datetime | None = None
        self.promised_on: date | None = None
        self.in_dispute: bool | None = False if rng.random() < 0.8 else None
        self.memo, self.note = rng.choice(_MEMOS), rng.choice(_NOTES)
        self.address = self.contact.email
        self.emails: dict[str, Email] = {}
        self.calls: dict[str, Call] = {}
        self.allocations: list[Allocation] = []
        self.voice_calls: dict[str, VoiceCall] = {}
        self.callouts: dict[str, Callout] = {}
        self._ordinal = 0

    # Time

    @property
    def clock(self) -> datetime:
        """The moment at which things happen now."""
        return self.schedule.clock

    def wait(self, low: int, high: int) -> datetime:
        """An office time ``low`` to ``high`` days from now."""
        return after(self.clock, self.rng, low, high)

    def minutes(self, low: int, high: int) -> datetime:
        """A moment so many minutes from now."""
        return self.clock + timedelta(minutes=self.rng.randint(low, high))

    def past_due(self, days: int) -> datetime:
        """A moment ``days`` after the due date (before it, if negative), never before now."""
        assert self.due is not None, "an invoice has a due date once it is issued"
        day = self.due.date() + timedelta(days=days)
        return max(self.clock, office_time(day, self.rng))

    def spawn(self, process: Process, *, after_the_end: bool = False) -> None:
        """Let something else go on beside; it ends when the invoice is settled, or later."""
        self.schedule.add(self.clock, process, lambda: after_the_end or not self.is_settled)

    def key(self) -> tuple[int, ...]:
        """The next place in this invoice, for an id."""
        self._ordinal += 1
        return self.bill.index, self._ordinal

    # How it stands

    @property
    def contact(self) -> Contact:
        """Whom one writes to."""
        return self.bill.customer.contact

    @property
    def paid(self) -> int:
        """The approved payments so far, in minor units."""
        return sum(share.amount for share in self.allocations if share.approved)

    @property
    def open_amount(self) -> int:
        """What is still to be paid, in minor units."""
        return self.amount_due - self.paid

    @property
    def is_settled(self) -> bool:
        """Whether the story is over: paid, voided or given up."""
        return self.status in _FINAL

    @property
    def is_open(self) -> bool:
        """Whether money is to be asked for."""
        usual = self.bill.kind == "receivable" and self.open_amount > 1
        return self.status in ("open", "overdue") and self.issued is not None and usual

    @property
    def is_quiet(self) -> bool:
        """Whether Exante leaves it alone: settled, promised, contested, or handed over."""
        promised = self.promised_on is not None and self.promised_on >= self.clock.date()
        return not self.is_open or bool(self.in_dispute or promised or self.callouts)

    def topic(self, *others: Story) -> Topic:
        """What an email or call is about: this invoice, and others of the customer."""
        stories = (self, *others)
        sums: dict[str, int] = {}
        for one in stories:
            sums[one.bill.currency] = sums.get(one.bill.currency, 0) + one.open_amount
        return Topic(
            numbers=tuple(one.number or one.bill.remote_id for one in stories),
            contact=self.contact,
            others=tuple(other.email for other in self.bill.customer.contacts[1:]),
            address=self.address,
            amount=" and ".join(shown(minor, currency) for currency, minor in sorted(sums.items())),
            due=self.due.date().isoformat() if self.due and not others else "receipt",
            key=self.key(),
            when=self.clock,
        )

    # What happens

    def touch(self) -> None:
        """Let Stuut see that the invoice has changed."""
        self.modified = self.clock

    def change(self, **facts: Any) -> None:
        """Set facts of the invoice, such as ``in_dispute``."""
        for name, value in facts.items():
            setattr(self, name, value)
        self.touch()

    def end(self, status: str) -> None:
        """Settle it: ``paid``, ``void`` or ``uncollectible``."""
        self.change(status=status, settled_at=self.clock)

    def issue(self) -> None:
        """Send the invoice out; it falls due at midnight UTC after its terms."""
        day = self.clock.replace(hour=0, minute=0, second=0, microsecond=0)
        due = day + timedelta(days=self.bill.terms)
        number = self.number or f"INV-{1000 + self.bill.index}"
        self.change(status="open", issued=self.clock, due=due, number=number)
        self.write("invoice_issued", attach=True)
        self.schedule.add(due, self._fall_due(), lambda: self.status == "open")

    def _fall_due(self) -> Process:
        self.change(status="overdue")
        yield from ()

    def add(self, touch: Email | Call, *others: Story) -> None:
        """Enter an email or call, new or changed, wherever it is about something."""
        for story in (self, *others):
            kept: dict[str, Any] = story.emails if isinstance(touch, Email) else story.calls
            kept[touch.id] = touch
            story.touch()

    def replace(self, touch: Email | Call, **facts: Any) -> None:
        """Change an email or call in all invoices that it is about."""
        changed = attrs.evolve(touch, modified=self.clock, **facts)
        for story in self.siblings:
            if touch.id in story.emails or touch.id in story.calls:
                story.add(changed)

    def write(self, reason: str, *others: Story, **how: Any) -> Email:
        """Write an email to the customer, in the invoice's one thread."""
        thread = (
            None if others else next((e.thread_id for e in reversed(self.emails.values())), None)
        )
        written = email(self.topic(*others), reason, self.rng, thread=thread, **how)
        self.add(written, *others)
        return written

    def hear(self, reason: str, *others: Story, attach: str | None = None) -> None:
        """Get an email from the customer, in answer to the last one written."""
        sent = [one for one in self.emails.values() if one.direction == "outbound"]
        parent = sent[-1] if sent else None
        self.add(reply(self.topic(*others), reason, self.rng, parent, attach=attach), *others)

    def ring(self, kind: str, *others: Story, inbound: bool = False) -> None:
        """Let the AI agent call the customer, or the customer call us."""
        self.add(call(self.topic(*others), kind, self.rng, inbound=inbound), *others)

    def plan_call(self, *others: Story) -> Call:
        """Leave a call waiting for approval."""
        planned = planned_call(self.topic(*others), self.rng)
        self.add(planned, *others)
        return planned

    def make_call(self, planned: Call) -> None:
        """Approve and make a planned call: it is planned no more."""
        made = call(self.topic(), self.rng.choice(("voicemail", "no_answer")), self.rng)
        kept = {"id": planned.id, "created": planned.created, "approver": self.rng.choice(TEAM)}
        start = max(planned.created, made.start or planned.created)
        facts = attrs.asdict(made, recurse=False) | kept | {"start": start}
        del facts["modified"]
        self.replace(planned, **facts)

    def promise(self, days: int) -> None:
        """Have the customer promise on the phone to pay within ``days``."""
        self.ring("promise")
        self.change(promised_on=self.clock.date() + timedelta(days=days))

    def bounce_late(self) -> None:
        """Let an email of the last weeks turn out not to have arrived, if there is one."""
        found = self._sent(lambda email: not email.bounced)
        if found:
            lost = self.rng.choice(found)
            self.replace(lost, bounced=lost.to[:1])

    def _sent(self, fits: Callable[[Email], bool]) -> list[Email]:
        return [
            one
            for one in self.emails.values()
            if one.direction == "outbound"
            and one.sent is not None
            and _LATE[0] < self.clock - one.sent < _LATE[1]
            and fits(one)
        ]

    def pay(self, percent: int = 100, *others: Story, approved: bool | None = True) -> None:
        """Pay a share of what is open; what is not approved is only a proposed match.

        With others one payment covers them all.
        """
        stories = (self, *others)
        parts = [one.open_amount * percent // 100 for one in stories]
        # Some pay too much; the rest stays on account and belongs to no invoice.
        rest = self.rng.randint(1, 400) if not others and self.rng.random() < 0.05 else 0
        payment = Payment(
            id=make_id("pay", self.rng, *self.key()),
            remote_id=f"PMT-{self.bill.index:06d}-{len(self.allocations) + 1}",
            amount=sum(parts) + rest,
            currency=self.bill.currency,
            method=self.rng.choice(("ach", "wire", "check", "card")),
            status="matched" if approved else "pending_match",
            time=self.clock,
            reference=f"REF{self.rng.randint(100000, 999999)}",
            refunded=0 if self.rng.random() < 0.3 else None,
            payer=self.contact.email,
            customer_id=self.bill.customer.id,
        )
        for story, amount in zip(stories, parts, strict=True):
            story.allot(payment, amount, approved=approved)

    def allot(self, payment: Payment, amount: int, *, approved: bool | None) -> None:
        """Put a share of a payment on this invoice; it is paid when nothing is open any more."""
        share = Allocation(
            id=make_id("alc", self.rng, *self.key()),
            payment=payment,
            amount=amount,
            strategy=self.rng.choice(("automatic", "manual")),
            approved=approved,
            approver=self.rng.choice(TEAM) if approved else None,
            created=self.clock,
        )
        self.allocations.append(share)
        self.touch()
        if approved and self.open_amount == 0:
            self.end("paid")

    def approve(self) -> None:
        """Approve the last payment that was only proposed: it is paid then."""
        last = self.allocations[-1]
        payment = attrs.evolve(last.payment, status="matched")
        approver = self.rng.choice(TEAM)
        self.allocations[-1] = attrs.evolve(last, payment=payment, approved=True, approver=approver)
        self.end("paid")

    # What it is now

    def told(self, customer: Customer) -> Invoice:
        """The invoice as it stands now, of a customer as it is now."""
        facts = {field.name: getattr(self.bill, field.name) for field in attrs.fields(Bill)}
        ended = {status: self.settled_at if self.status == status else None for status in _FINAL}
        return Invoice(
            **facts | {"customer": customer, "number": self.number},
            status=self.status,
            amount_due=self.amount_due,
            paid=self.paid,
            created=self.created,
            modified=self.modified,
            issued=self.issued,
            due=self.due,
            paid_at=ended["paid"],
            voided_at=ended["void"],
            written_off_at=ended["uncollectible"],
            promised_on=self.promised_on,
            in_dispute=self.in_dispute,
            memo=self.memo,
            note=self.note,
            emails=tuple(self.emails.values()),
            calls=tuple(self.calls.values()),
            allocations=tuple(self.allocations),
            voice_calls=tuple(self.voice_calls.values()),
            callouts=tuple(self.callouts.values()),
        )
