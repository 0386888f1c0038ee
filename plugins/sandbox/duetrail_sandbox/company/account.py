"""One customer with all its invoices, told up to a moment: each story, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import attrs
from attrs import frozen

from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.company.clock import FOREVER, NOW, after, office_time
from duetrail_sandbox.company.correspondence import Correspondence
from duetrail_sandbox.company.invoices import Bill, Invoice
from duetrail_sandbox.company.people import Customer, make_phone
from duetrail_sandbox.company.scenarios import SHOWPIECE, Scenario
from duetrail_sandbox.company.story import Story
from duetrail_sandbox.company.telling import Process, Schedule

__all__ = ["Beginning", "Told", "tell"]

_EPOCH = NOW - timedelta(days=800)


@frozen
class Beginning:
    """An invoice before its story: what is written, when, and how it goes on.

    ``lost_at`` is when Stuut loses it without a trace, and ``deleted_at`` when Exante deletes it
    with its emails; the other keeps what it has.
    """

    bill: Bill
    start: datetime
    scenario: Scenario
    rng: Random
    lost_at: datetime = FOREVER
    deleted_at: datetime = FOREVER


@frozen
class Told:
    """What has become of a customer and its invoices, and when that changes next."""

    customer: Customer
    invoices: tuple[Invoice, ...]
    claims: tuple[Claim, ...]
    following: datetime
    is_begun: bool


def tell(
    customer: Customer, beginnings: Sequence[Beginning], seed: int, now: datetime, tried: bool
) -> Told:
    """Tell everything up to now; where Exante is ``tried`` out, it has the receivables."""
    account = _Account(customer, Random(f"{seed}/account/{customer.index}"), tried)
    for one in beginnings:
        # Drawn anew each time: a story is told from its beginning.
        rng = Random()
        rng.setstate(one.rng.getstate())
        account.schedule.add(one.start, account.begin(attrs.evolve(one, rng=rng)), _always)
    account.schedule.run(now)
    found = {one.bill.index: one for one in beginnings}
    told = [story.told(account.customer) for story in account.stories]
    # Nobody tells Exante that a customer has changed.
    claims = [letters.told(customer) for letters in account.letters]
    ends = [end for one in beginnings for end in (one.lost_at, one.deleted_at) if end > now]
    return Told(
        customer=account.customer,
        invoices=tuple(one for one in told if found[one.index].lost_at > now),
        claims=tuple(one for one in claims if found[one.invoice.index].deleted_at > now),
        following=min([account.schedule.following, *ends]),
        is_begun=bool(account.stories),
    )


def _always() -> bool:
    return True


class _Account:
    """A customer while its stories are told."""

    def __init__(self, customer: Customer, rng: Random, tried: bool) -> None:
        self.customer = customer
        self.rng = rng
        self.tried = tried
        self.schedule = Schedule(_EPOCH)
        self.stories: list[Story] = []
        self.letters: list[Correspondence] = []
        since = NOW - timedelta(days=rng.randint(9, 40))
        self._every(since, 12, 30, self._state)
        self._every(NOW - timedelta(days=rng.randint(5, 110)), 60, 120, self._pay_together)
        self._every(NOW + timedelta(days=rng.randint(1, 10)), 4, 12, self._change_customer)

    def begin(self, one: Beginning) -> Process:
        """Begin a story, and Exante's correspondence about it once it is issued."""
        story = Story(one.bill, one.rng, self.schedule, self.stories)
        self.stories.append(story)
        story.spawn(one.scenario.tell(story))
        if self.tried and one.bill.kind == "receivable" and one.bill.total > 0:
            letters = Correspondence(story, thorough=one.scenario is SHOWPIECE)
            self.letters.append(letters)
            while story.issued is None:
                yield story.wait(1, 1)
            story.spawn(letters.tell(), after_the_end=True)

    def _every(self, since: datetime, low: int, high: int, happen: Callable[[], None]) -> None:
        def process() -> Process:
            yield office_time(since.date(), self.rng)
            while True:
                happen()
                yield after(self.schedule.clock, self.rng, low, high)

        self.schedule.add(_EPOCH, process(), _always)

    def _waiting(self) -> list[Story]:
        """What is open and was issued long enough ago to stand on a statement."""
        old = self.schedule.clock - timedelta(days=14)
        return [one for one in self.stories if one.is_open and one.issued and one.issued < old]

    def _state(self) -> None:
        """Send a statement of several invoices, with an answer or a call about all of them."""
        rng, waiting = self.rng, self._waiting()
        if len(waiting) < 2:
            return
        several = sorted(
            rng.sample(waiting, min(len(waiting), rng.choice((2, 3)))),
            key=lambda story: story.bill.index,
        )
        first, *others = several
        first.write("account_statement", *others, attach=True)
        if rng.random() < 0.45:
            first.hear("reply_statement", *others)
        if rng.random() < 0.6:
            first.ring("inquiry", *others, inbound=rng.random() < 0.5)
        if rng.random() < 0.3:
            first.plan_call(*others)
        if rng.random() < 0.3:
            first.write("account_statement", *others, status="draft")

    def _pay_together(self) -> None:
        """Pay two invoices of one currency at once."""
        payable = [one for one in self._waiting() if not one.in_dispute]
        payable = [one for one in payable if one.status != "processing"]
        payable.sort(key=lambda story: story.bill.currency)
        for one, other in pairwise(payable):
            if one.bill.currency == other.bill.currency:
                one.pay(100, other)
                return

    def _change_customer(self) -> None:
        """A contact gets another number, or outreach is paused or resumed by hand.

        The customer is modified; the invoices and calls that show it are not.
        """
        known, now = self.customer, self.schedule.clock
        first, *others = known.contacts
        changed = attrs.evolve(first, phone=make_phone(self.rng), modified=now)
        change = self.rng.choice(
            (
                {"contacts": (changed, *others)},
                {"calls_paused": not known.calls_paused},
                {"emails_paused": not known.emails_paused},
            )
        )
        self.customer = attrs.evolve(known, modified=now, **change)
