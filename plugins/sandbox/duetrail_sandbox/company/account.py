"""One customer with all its invoices, told up to a moment: each story, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from duetrail_sandbox.company.clock import FOREVER, NOW, Process, Schedule, after, office_time
from duetrail_sandbox.company.correspondence import Claim
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import Customer, make_phone
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.scenarios import SHOWPIECE, tell

_EPOCH = NOW - timedelta(days=800)


class Beginning(Record):
    """An invoice before its story: the ``bill`` that is written, its ``start``, its ``scenario``.

    ``lost_at`` is when Stuut loses it without a trace, and ``deleted_at`` when Exante deletes it
    with its emails; the other keeps what it has.
    """

    lost_at = deleted_at = FOREVER

    @property
    def is_claimed(self) -> bool:
        """Whether Exante would have it, where it is tried out."""
        return bool(self.bill.kind == "receivable" and self.bill.total > 0)


class Account:
    """A customer and its invoices up to a moment; where Exante is ``tried`` out, it has claims."""

    def __init__(
        self, beginnings: Sequence[Beginning], seed: int, now: datetime, tried: bool
    ) -> None:
        """Tell everything up to now."""
        self.customer: Customer = beginnings[0].bill.customer
        self.rng = Random(f"{seed}/account/{self.customer.index}")
        self.tried = tried
        self.schedule = Schedule(_EPOCH)
        # What was written, what Stuut still has of it, and what Exante has.
        self.written: list[Invoice] = []
        self.claims: list[Claim] = []
        since, rng = NOW - timedelta(days=self.rng.randint(9, 40)), self.rng
        self._every(since, 12, 30, self._state)
        self._every(NOW - timedelta(days=rng.randint(5, 110)), 60, 120, self._pay_together)
        self._every(NOW + timedelta(days=rng.randint(1, 10)), 4, 12, self._change_customer)
        for one in beginnings:
            self.schedule.add(one.start, self._begin(one))
        self.schedule.run(now)
        for invoice in self.written:
            invoice.customer = self.customer
        found = {one.bill.index: one for one in beginnings}
        self.invoices = [one for one in self.written if found[one.index].lost_at > now]
        self.claims = [one for one in self.claims if found[one.invoice.index].deleted_at > now]
        ends = [end for one in beginnings for end in (one.lost_at, one.deleted_at) if end > now]
        # When any of it changes next.
        self.following = min([self.schedule.following, *ends])

    def _begin(self, one: Beginning) -> Process:
        """Begin a story, and Exante's correspondence about it once it is issued."""
        # Drawn anew each time: a story is told from its beginning.
        rng = Random()
        rng.setstate(one.rng.getstate())
        invoice = Invoice(one.bill, rng, self.schedule, self.written)
        invoice.is_showpiece = one.scenario is SHOWPIECE
        self.written.append(invoice)
        invoice.spawn(tell(invoice, one.scenario.script))
        if self.tried and one.is_claimed:
            claim = Claim(invoice, thorough=invoice.is_showpiece)
            self.claims.append(claim)
            while invoice.issued is None:
                yield invoice.wait(1, 1)
            invoice.spawn(claim.tell(), after_the_end=True)

    def _every(self, since: datetime, low: int, high: int, happen: Callable[[], None]) -> None:
        def process() -> Process:
            yield office_time(since.date(), self.rng)
            while True:
                happen()
                yield after(self.schedule.clock, self.rng, low, high)

        self.schedule.add(_EPOCH, process())

    def _waiting(self) -> list[Invoice]:
        """What is open and was issued long enough ago to stand on a statement."""
        old = self.schedule.clock - timedelta(days=14)
        return [one for one in self.written if one.is_open and one.issued < old]

    def _state(self) -> None:
        """Send a statement of several invoices, with an answer or a call about all of them."""
        rng, waiting = self.rng, self._waiting()
        if len(waiting) < 2:
            return
        several = rng.sample(waiting, min(len(waiting), rng.choice((2, 3))))
        first, *others = sorted(several, key=lambda invoice: invoice.index)
        first.write("account_statement", "sent", *others, attach=True)
        if rng.random() < 0.45:
            first.hear("reply_statement", *others)
        if rng.random() < 0.6:
            first.ring("inquiry", rng.random() < 0.5, *others)
        if rng.random() < 0.3:
            first.plan_call(*others)
        if rng.random() < 0.3:
            first.write("account_statement", "draft", *others)

    def _pay_together(self) -> None:
        """Pay two invoices of one currency at once."""
        payable = [one for one in self._waiting() if not (one.in_dispute or one.is_showpiece)]
        payable = [one for one in payable if one.status != "processing"]
        payable.sort(key=lambda invoice: invoice.currency)
        for one, other in pairwise(payable):
            if one.currency == other.currency:
                one.pay(100, True, other)
                return

    def _change_customer(self) -> None:
        """Change a contact's number, or pause or resume outreach; no invoice is modified."""
        known, now = self.customer, self.schedule.clock
        first, *others = known.contacts
        changed = first.but(phone=make_phone(self.rng), modified=now)
        changes: list[dict[str, Any]] = [
            {"contacts": [changed, *others]},
            {"calls_paused": not known.calls_paused},
            {"emails_paused": not known.emails_paused},
        ]
        self.customer = known.but(modified=now, **self.rng.choice(changes))
