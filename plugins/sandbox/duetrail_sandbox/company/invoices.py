"""Invoices: how they are written, what can happen to one of them, and what it is then.

Everything that happens does so at the schedule's clock, which is its customer's, and modifies the
invoice at that moment.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from duetrail_sandbox.company.clock import Process, Schedule, after, office_time
from duetrail_sandbox.company.people import COMPANY, TEAM, Customer
from duetrail_sandbox.company.records import EXPONENTS, Record, make_id, shown
from duetrail_sandbox.company.touches import Call, Email, make_call, plan_call, reply, write_email
from duetrail_sandbox.data import read_toml

# Prices start in whole units of USD, EUR or GBP; these bring the others to like worth.
_SCALE = {"JPY": 140, "KWD": 1}
_TAX_PERMILLE = {"USD": 0, "EUR": 190, "GBP": 200, "JPY": 100, "KWD": 0}
# Fractions of a quarter, so that a unit price divisible by four never leaves a rest.
_QUANTITIES: tuple[int | float, ...] = (1, 2, 3, 5, 8, 12, 20, 40, 0.5, 2.5, 12.25)
_MEMOS = ("Thank you for your business.", "Delivery in two parts, as agreed.", None, None)
_NOTES = ("Ask for the new purchase order first.", "Prefers to be called before noon.", None, None)
# How long after it was sent an email may still bounce; before a day it would not be late.
_LATE = (timedelta(days=1), timedelta(days=60))


def bill(index: int, customer: Customer, rng: Random, kind: str) -> Record:
    """What is settled when an invoice is written; ``kind`` is that of its story."""
    currency = customer.currency if rng.random() < 0.88 else rng.choice([*_TAX_PERMILLE])
    remote_id = f"ERP-{index:06d}"
    sign = -1 if kind == "credit" else 1
    lines = [
        _line(remote_id, place, currency, rng, sign)
        for place in range(1, rng.choice((1, 2, 2, 3, 4)) + 1)
    ]
    subtotal, tax, discount = (
        sum(getattr(line, name) for line in lines) for name in ("total", "tax", "discount")
    )
    complete = len(lines) == 1 or rng.random() < 0.97
    return Record(
        index=index,
        id=make_id("inv", rng, index),
        remote_id=remote_id,
        number=None if kind == "draft" else f"INV-{1000 + index}",
        customer=customer,
        currency=currency,
        kind="payable" if kind == "payable" else "receivable",
        lines=lines if complete else lines[:-1],
        lines_complete=complete,
        subtotal=subtotal,
        tax=tax,
        discount=discount,
        total=subtotal + tax - discount,
        purchase_order=f"PO-{rng.randint(10000, 99999)}" if rng.random() < 0.6 else None,
        order_number=f"SO-{rng.randint(1000, 9999)}" if rng.random() < 0.5 else None,
        terms=rng.choice((14, 30, 30, 45)),
    )


def _line(remote_id: str, place: int, currency: str, rng: Random, sign: int) -> Record:
    """Write one line; quantities may be fractions, sums are whole minor units."""
    unit = rng.randint(4, 400) * _SCALE.get(currency, 1) * 10 ** EXPONENTS[currency]
    if EXPONENTS[currency]:
        unit += rng.choice((0, 0, 50, 96))
    unit -= unit % 4
    quantity = rng.choice(_QUANTITIES) * sign
    total = int(unit * quantity)
    discount = abs(total) * 5 // 100 * sign if rng.random() < 0.15 else 0
    return Record(
        number=place,
        remote_id=f"{remote_id}-L{place}",
        name=rng.choice(read_toml("names")["goods"]),
        quantity=quantity,
        kind="service" if quantity != int(quantity) else "good",
        unit=unit,
        # Quantity times unit, before tax and discount.
        total=total,
        # Floor division would round a credit's tax away from its invoice's.
        tax=abs(total - discount) * _TAX_PERMILLE[currency] // 1000 * sign,
        discount=discount,
    )


class Invoice(Record):
    """An invoice of a customer, with everything that happened on it, at Stuut and at Credira.

    Emails and calls are shared: one may be about several invoices of a customer.
    """

    # What its story is told with is none of its facts.
    __slots__ = ("address", "is_showpiece", "ordinal", "rng", "schedule", "siblings")

    def __init__(
        self, written: Record, rng: Random, schedule: Schedule, siblings: list[Invoice]
    ) -> None:
        """Begin now; ``siblings`` are all invoices of the customer, this one among them."""
        super().__init__(
            **vars(written),
            created=schedule.clock,
            modified=schedule.clock,
            amount_due=written.total,
            # Without a number it has not been released.
            status="open" if written.number else "draft",
            in_dispute=False if rng.random() < 0.8 else None,
            memo=rng.choice(_MEMOS),
            note=rng.choice(_NOTES),
            emails=[],
            calls=[],
            allocations=[],
            voice_calls=[],
            callouts=[],
        )
        self.rng, self.schedule, self.siblings = rng, schedule, siblings
        # Whether nothing but its own script may pay it.
        self.is_showpiece = False
        self.ordinal = 0
        self.address: str = self.contact.email

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
        day = self.due.date() + timedelta(days=days)
        return max(self.clock, office_time(day, self.rng))

    def spawn(self, process: Process, *, after_the_end: bool = False) -> None:
        """Let something else go on beside; it ends when the invoice is settled, or later."""
        self.schedule.add(self.clock, process, lambda: after_the_end or self.settled is None)

    def key(self) -> tuple[int, ...]:
        """The next place in this invoice, for an id."""
        self.ordinal += 1
        return self.index, self.ordinal

    # How it stands

    @property
    def contact(self) -> Record:
        """Whom one writes to."""
        person: Record = self.customer.contact
        return person

    @property
    def shown_number(self) -> str:
        """Its number, or the ERP's id as long as it has none."""
        return str(self.number or self.remote_id)

    @property
    def paid(self) -> int:
        """The approved payments so far, in minor units."""
        return sum(share.amount for share in self.allocations if share.approved)

    @property
    def remaining(self) -> int:
        """What is still to be paid, in minor units; Stuut sorts by it but does not show it."""
        due: int = self.amount_due
        return due - self.paid

    @property
    def is_open(self) -> bool:
        """Whether money is to be asked for."""
        usual = self.kind == "receivable" and self.remaining > 1
        return self.status in ("open", "overdue") and self.issued is not None and usual

    @property
    def is_quiet(self) -> bool:
        """Whether Exante leaves it alone: settled, promised, contested, or handed over."""
        promised = self.promised_on is not None and self.promised_on >= self.clock.date()
        return not self.is_open or bool(self.in_dispute or promised or self.callouts)

    @property
    def served(self) -> Record | None:
        """The time served, of every fourth invoice: the thirty days before it was written."""
        end = self.created.replace(hour=0, minute=0)
        return None if self.index % 4 else Record(start=end - timedelta(days=30), end=end)

    @property
    def outreach(self) -> Record | None:
        """The newest contact of ours that took place: when, by which channel, to whom."""
        return self._newest("outbound")

    @property
    def inbound(self) -> Record | None:
        """The newest contact of the customer's."""
        return self._newest("inbound")

    def _newest(self, direction: str) -> Record | None:
        found = [(one.sent, "email", one.to[0], one.direction) for one in self.emails]
        found += [(one.start, "call", one.to_number, one.direction) for one in self.calls]
        took_place = [one for one in found if one[0] and one[3] == direction]
        if not took_place:
            return None
        when, channel, to, _ = max(took_place)
        return Record(when=when, channel=channel, to=to)

    def words(self, *others: Invoice) -> dict[str, str]:
        """The values of placeholders in a text about this invoice, and others of the customer."""
        sums: dict[str, int] = {}
        for one in (self, *others):
            sums[one.currency] = sums.get(one.currency, 0) + one.remaining
        return {
            "amount": " and ".join(shown(minor, key) for key, minor in sorted(sums.items())),
            "company": COMPANY,
            "due": self.due.date().isoformat() if self.due and not others else "receipt",
            "name": self.contact.name,
            "number": ", ".join(one.shown_number for one in (self, *others)),
        }

    # What happens

    def change(self, **facts: Any) -> None:
        """Set facts of the invoice, such as ``in_dispute``; Stuut sees that it has changed."""
        vars(self).update(facts, modified=self.clock)

    def end(self, status: str) -> None:
        """Settle it: ``paid``, ``void`` or ``uncollectible``."""
        self.change(status=status, settled=self.clock)

    def issue(self) -> None:
        """Send the invoice out; it falls due at midnight UTC after its terms."""
        day = self.clock.replace(hour=0, minute=0, second=0, microsecond=0)
        due = day + timedelta(days=self.terms)
        number = self.number or f"INV-{1000 + self.index}"
        self.change(status="open", issued=self.clock, due=due, number=number)
        self.write("invoice_issued", attach=True)
        self.schedule.add(due, self._fall_due(), lambda: bool(self.status == "open"))

    def _fall_due(self) -> Process:
        self.change(status="overdue")
        yield from ()

    def add(self, touch: Email | Call, *others: Invoice) -> None:
        """Enter a new email or call wherever it is about something."""
        for invoice in (self, *others):
            kept = invoice.emails if isinstance(touch, Email) else invoice.calls
            kept.append(touch)
            invoice.change()

    def alter(self, touch: Email | Call, **facts: Any) -> None:
        """Change an email or call; it is the same in all invoices that it is about."""
        vars(touch).update(facts, modified=self.clock)
        for invoice in self.siblings:
            if any(one is touch for one in (*invoice.emails, *invoice.calls)):
                invoice.change()

    def write(self, reason: str, status: str = "sent", *others: Invoice, **how: Any) -> None:
        """Write an email to the customer, in the invoice's one thread."""
        thread = self.emails[-1].thread_id if self.emails and not others else None
        self.add(write_email(self, others, reason, status, thread, how), *others)

    def hear(self, reason: str, *others: Invoice, attach: str | None = None) -> None:
        """Get an email from the customer, in answer to the last one written."""
        sent = [one for one in self.emails if one.direction == "outbound"]
        parent = sent[-1] if sent else None
        self.add(reply(self, others, reason, parent, attach), *others)

    def ring(self, kind: str, inbound: bool = False, *others: Invoice) -> None:
        """Let the AI agent call the customer, or the customer call us."""
        self.add(make_call(self, others, kind, inbound=inbound), *others)

    def plan_call(self, *others: Invoice) -> None:
        """Leave a call waiting for approval."""
        self.add(plan_call(self), *others)

    def make_call(self, planned: Call) -> None:
        """Approve and make a planned call: it is planned no more."""
        kind = self.rng.choice(("voicemail", "no_answer"))
        made = make_call(self, (), kind)
        made.id, made.created, made.approver = planned.id, planned.created, self.rng.choice(TEAM)
        made.start = max(planned.created, made.start)
        self.alter(planned, **vars(made))

    def promise(self, days: int) -> None:
        """Have the customer promise on the phone to pay within ``days``."""
        self.ring("promise")
        self.change(promised_on=self.clock.date() + timedelta(days=days))

    def bounce(self, reason: str) -> Process:
        """Write to an outdated address, learn of the bounce, correct it and write again."""
        self.address = f"former.{self.contact.email}"
        self.write(reason, bounced=True)
        self.address = self.contact.email
        yield self.wait(1, 2)
        self.write(reason)

    def bounce_late(self) -> None:
        """Let an email of the last weeks turn out not to have arrived, if there is one."""
        found = [
            one
            for one in self.emails
            if one.direction == "outbound"
            and one.sent is not None
            and _LATE[0] < self.clock - one.sent < _LATE[1]
            and not one.bounced
        ]
        if found:
            lost = self.rng.choice(found)
            self.alter(lost, bounced=lost.to[:1])

    def pay(self, percent: int = 100, approved: bool | None = True, *others: Invoice) -> None:
        """Pay a share of what is open; what is not approved is only a proposed match.

        With others one payment, which is as it is however many invoices it covers, is for all.
        """
        parts = [one.remaining * percent // 100 for one in (self, *others)]
        # Some pay too much; the rest stays on account and belongs to no invoice.
        rest = self.rng.randint(1, 400) if not others and self.rng.random() < 0.05 else 0
        payment = Record(
            id=make_id("pay", self.rng, *self.key()),
            remote_id=f"PMT-{self.index:06d}-{len(self.allocations) + 1}",
            amount=sum(parts) + rest,
            currency=self.currency,
            method=self.rng.choice(("ach", "wire", "check", "card")),
            status="matched" if approved else "pending_match",
            time=self.clock,
            reference=f"REF{self.rng.randint(100000, 999999)}",
            refunded=0 if self.rng.random() < 0.3 else None,
            payer=self.contact.email,
            customer_id=self.customer.id,
        )
        for invoice, amount in zip((self, *others), parts, strict=True):
            invoice.allot(payment, amount, approved)

    def allot(self, payment: Record, amount: int, approved: bool | None) -> None:
        """Put a share of a payment on this invoice; it is paid when nothing is open any more."""
        share = Record(payment=payment, amount=amount, approved=approved, created=self.clock)
        share.id = make_id("alc", self.rng, *self.key())
        share.strategy = self.rng.choice(("automatic", "manual"))
        share.approver = self.rng.choice(TEAM) if approved else None
        share.doubts = [] if approved else ["The reference is incomplete."]
        self.allocations.append(share)
        self.change()
        if approved and self.remaining == 0:
            self.end("paid")

    def approve(self) -> None:
        """Approve the last payment that was only proposed: it is paid then."""
        last = self.allocations[-1]
        last.payment.status, last.approved, last.doubts = "matched", True, []
        last.approver = self.rng.choice(TEAM)
        self.end("paid")


# A process that tells in the end what it was about.
Working = Generator[datetime, None, Record]
