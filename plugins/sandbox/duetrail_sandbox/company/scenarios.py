"""The kinds of story an invoice can have, from paid on time to written off.

On the company's first day a story has been told for ``span`` days after the due date and up to
``slack`` days more; what a scenario holds beyond that comes in the days that follow.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.callouts import collect, plan_callout, work_callout
from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.story import Story
from duetrail_sandbox.company.telling import Process

__all__ = ["SCENARIOS", "SHOWPIECE", "Scenario", "deal"]

Telling = Callable[[Story], Process]


@frozen
class Scenario:
    """One kind of story: how often it occurs, how long it takes, how it is told.

    Of those that are ``silent`` Credira never hears.
    """

    name: str
    weight: int
    span: int
    slack: int
    kind: str
    silent: bool
    tell: Telling


SCENARIOS: list[Scenario] = []


def scenario(
    weight: int, span: int, slack: int = 200, kind: str = "receivable", *, silent: bool = False
) -> Callable[[Telling], Telling]:
    """Register the decorated function as a scenario under its own name."""

    def register(tell: Telling) -> Telling:
        SCENARIOS.append(Scenario(tell.__name__, weight, span, slack, kind, silent, tell))
        return tell

    return register


def deal(count: int, rng: Random) -> list[Scenario]:
    """Choose a scenario for each of ``count`` invoices.

    Every one comes once before any comes twice, so that a small company shows them all.
    """
    weights = [one.weight for one in SCENARIOS]
    hand = SCENARIOS + rng.choices(SCENARIOS, weights, k=max(0, count - len(SCENARIOS)))
    hand = hand[:count]
    rng.shuffle(hand)
    return hand


# What may come next in any story


def _written(story: Story) -> Process:
    """The company writes, or prepares an email that goes out a day or so later."""
    upcoming = story.status == "open"
    words = ("payment_overdue", "second_notice", "final_notice")
    status = story.rng.choice(("sent", "sent", "draft", "pending"))
    email = story.write("payment_upcoming" if upcoming else story.rng.choice(words), status=status)
    if status != "sent":
        yield story.wait(1, 3)
        story.replace(email, status="sent", sent=story.clock)


def _answered(story: Story) -> Process:
    """The customer writes, and the company does not."""
    story.hear(story.rng.choice(("reply_remittance", "reply_copy")))
    yield from ()


def _called(story: Story) -> Process:
    """Somebody rings: the company and reaches nobody, or the customer."""
    kind = story.rng.choice(("voicemail", "no_answer", "inquiry"))
    story.ring(kind, inbound=kind == "inquiry")
    yield from ()


def _call_planned(story: Story) -> Process:
    """A call waits for approval, and is made a day or so later."""
    planned = story.plan_call()
    yield story.wait(1, 3)
    story.make_call(planned)


def _bounced(story: Story) -> Process:
    """An email sent days ago turns out not to have arrived."""
    story.bounce_late()
    yield from ()


def _promised(story: Story) -> Process:
    """The customer promises on the phone to pay by a day."""
    story.promise(days=story.rng.randint(3, 14))
    yield from ()


def _paid_in_part(story: Story) -> Process:
    """A part of what is open is paid."""
    story.pay(story.rng.randint(10, 60))
    yield from ()


def _credited(story: Story) -> Process:
    """A credit lowers what is due."""
    less = story.open_amount * story.rng.randint(5, 30) // 100
    story.change(amount_due=story.amount_due - less)
    yield from ()


def _contested(story: Story) -> Process:
    """The customer contests, and some days later the dispute is settled."""
    story.change(in_dispute=True)
    yield story.wait(3, 9)
    story.change(in_dispute=False)


def _handed_over(story: Story) -> Process:
    """An overdue invoice goes to Credira, which keeps at it."""
    if story.status == "overdue":
        story.write("final_notice")
        yield story.wait(3, 8)
        story.spawn(collect(story))


_NEXT: tuple[tuple[Telling, int], ...] = (
    (_written, 5),
    (_answered, 3),
    (_called, 3),
    (_call_planned, 2),
    (_bounced, 2),
    (_promised, 2),
    (_paid_in_part, 2),
    (_credited, 2),
    (_contested, 2),
    (_handed_over, 1),
)


def go_on(story: Story) -> Process:
    """Let this and that happen every few days, until the invoice is paid, or voided."""
    silent = [pair for pair in _NEXT if pair[0] is not _handed_over]
    moves, weights = zip(*(_NEXT if story.rng.random() < 0.8 else silent), strict=True)
    for _ in range(story.rng.randint(3, 9)):
        yield story.wait(1, 4)
        if story.in_dispute:
            yield story.wait(2, 6)
            story.change(in_dispute=False)
        else:
            yield from story.rng.choices(moves, weights)[0](story)
    yield story.wait(2, 8)
    if not story.allocations and story.rng.random() < 0.15:
        story.end("void")
    story.pay()


def bounce(story: Story, reason: str) -> Process:
    """Write to an outdated address, learn of the bounce, correct it and write again."""
    story.address = f"former.{story.contact.email}"
    story.write(reason, bounced=True)
    story.address = story.contact.email
    yield story.wait(1, 2)
    story.write(reason)


# The scenarios


@scenario(weight=14, span=5, silent=True)
def paid_on_time(story: Story) -> Process:
    """Issued, paid before the reminder."""
    story.issue()
    yield story.wait(5, 9)
    story.pay()


@scenario(weight=13, span=30, silent=True)
def reminded_and_paid(story: Story) -> Process:
    """Reminded before and after the due date, answered, paid."""
    story.issue()
    yield story.past_due(-3)
    story.write("payment_upcoming")
    yield story.past_due(4)
    story.write("payment_overdue", attach=story.rng.random() < 0.5)
    yield story.wait(1, 2)
    story.hear("reply_remittance")
    yield story.wait(2, 6)
    story.pay()


@scenario(weight=8, span=32, silent=True)
def bounced_and_paid(story: Story) -> Process:
    """The reminder bounces, reaches the right address, gets paid."""
    story.issue()
    yield story.past_due(3)
    yield from bounce(story, "payment_overdue")
    yield story.wait(1, 3)
    story.hear("reply_copy")
    yield story.wait(3, 8)
    story.pay()


@scenario(weight=10, span=55, silent=True)
def promised_and_paid(story: Story) -> Process:
    """Voicemail, no answer, a promise on the phone, half paid, then the rest."""
    story.issue()
    yield story.past_due(5)
    story.write("payment_overdue")
    yield story.wait(2, 4)
    story.ring("voicemail")
    yield story.wait(2, 4)
    story.ring("no_answer")
    yield story.wait(1, 3)
    story.promise(days=10)
    yield story.wait(1, 1)
    story.write("promise_confirmed")
    yield story.wait(5, 8)
    story.pay(50)
    yield story.wait(4, 10)
    story.pay()


def _pay_tentatively(story: Story, *, approved: bool | None) -> Process:
    story.issue()
    yield story.past_due(5)
    story.write("payment_overdue")
    yield story.wait(2, 5)
    story.promise(days=8)
    yield story.wait(3, 7)
    story.pay(approved=approved)
    story.change(status="processing")
    yield story.wait(12, 18)
    story.approve()


@scenario(weight=4, span=22, slack=3, silent=True)
def paying(story: Story) -> Process:
    """A payment is under way; its match to the invoice was not approved, and is later."""
    yield from _pay_tentatively(story, approved=False)


@scenario(weight=3, span=22, slack=3, silent=True)
def unmatched(story: Story) -> Process:
    """A payment is under way; nobody has judged its match to the invoice yet."""
    yield from _pay_tentatively(story, approved=None)


def _contest(story: Story) -> Process:
    story.issue()
    yield story.past_due(4)
    story.write("payment_overdue")
    yield story.wait(1, 4)
    words = story.rng.choice(("reply_dispute", "reply_dispute", "reply_markup"))
    story.hear(words, attach="jpg")
    story.change(in_dispute=True)
    yield story.wait(1, 2)
    story.write("dispute_received")
    yield story.wait(4, 9)
    story.ring("dispute")


@scenario(weight=7, span=20, slack=10, silent=True)
def disputed(story: Story) -> Process:
    """The customer contests the delivery; nothing is paid for a long time."""
    yield from _contest(story)
    yield story.wait(25, 45)
    story.change(in_dispute=False)
    yield from go_on(story)


@scenario(weight=3, span=40, slack=10, silent=True)
def credited(story: Story) -> Process:
    """A dispute ends in a credit; a part of the rest is paid. The sums no longer meet."""
    yield from _contest(story)
    story.change(in_dispute=False, amount_due=story.bill.total * 80 // 100)
    yield story.wait(2, 4)
    story.pay(30)
    yield story.wait(15, 25)
    yield from go_on(story)


@scenario(weight=7, span=30, slack=8)
def ignored(story: Story) -> Process:
    """Nobody answers; Credira has taken over and is still at it."""
    story.issue()
    yield story.past_due(4)
    story.write("payment_overdue")
    yield story.wait(6, 9)
    story.ring("no_answer")
    yield story.wait(3, 5)
    story.write("final_notice")
    yield story.wait(7, 8)
    yield from work_callout(story, "opened", "unanswered")
    yield story.wait(1, 3)
    story.spawn(plan_callout(story))
    yield from work_callout(story, "bounced", "initiated", lasts=True)
    story.spawn(collect(story))
    yield story.wait(20, 60)
    yield from go_on(story)


@scenario(weight=7, span=75)
def escalated_and_paid(story: Story) -> Process:
    """Credira reaches the debtor, who pays in two steps."""
    story.issue()
    yield story.past_due(4)
    story.write("payment_overdue")
    yield story.wait(6, 9)
    story.write("second_notice")
    yield story.wait(6, 9)
    story.write("final_notice")
    yield story.wait(7, 8)
    yield from work_callout(story, "clicked")
    yield story.wait(1, 2)
    yield from work_callout(story, "voicemail", "answered", "opened")
    yield story.wait(2, 6)
    story.pay(40)
    yield story.wait(4, 9)
    story.pay()


@scenario(weight=6, span=120, slack=250)
def written_off(story: Story) -> Process:
    """Everything was tried; the claim is given up."""
    story.issue()
    yield story.past_due(6)
    yield from bounce(story, "payment_overdue")
    yield story.wait(8, 12)
    story.ring("voicemail")
    yield story.wait(10, 14)
    story.write("final_notice")
    yield story.wait(8, 10)
    yield from work_callout(story, "unsubscribed", "unanswered", "unanswered")
    yield story.wait(10, 20)
    yield from work_callout(story, "voicemail")
    yield story.wait(20, 30)
    story.end("uncollectible")


@scenario(weight=6, span=40, slack=6)
def broken_promise(story: Story) -> Process:
    """Promised, partly paid, promised again, now waiting for callouts to come."""
    story.issue()
    yield story.past_due(3)
    story.write("payment_overdue")
    yield story.wait(2, 5)
    story.promise(days=7)
    yield story.wait(5, 8)
    story.pay(25)
    yield story.wait(4, 8)
    story.promise(days=5)
    yield story.wait(8, 12)
    yield from work_callout(story, "delivered", "answered")
    story.spawn(plan_callout(story))
    story.spawn(collect(story))
    yield story.wait(15, 40)
    yield from go_on(story)


@scenario(weight=10, span=-18, slack=8)
def fresh(story: Story) -> Process:
    """Issued lately and not yet due."""
    story.issue()
    yield story.past_due(-5)
    yield from go_on(story)


@scenario(weight=1, span=-18, slack=8)
def reminding(story: Story) -> Process:
    """Not yet due; an email is on its way at this moment."""
    story.issue()
    yield max(story.clock, NOW - timedelta(minutes=2))
    email = story.write("payment_upcoming", status="sending")
    yield story.minutes(30, 90)
    story.replace(email, status="sent", sent=story.clock)
    yield from go_on(story)


@scenario(weight=8, span=13, slack=2)
def planned(story: Story) -> Process:
    """Overdue, with the next email and the next call prepared but not released."""
    story.issue()
    yield story.past_due(4)
    story.write("payment_overdue")
    yield story.wait(5, 8)
    chance = story.rng.random()
    if chance < 0.35:
        story.write("second_notice", status="error")
    email = story.write("second_notice", status="draft" if chance < 0.6 else "pending")
    call = story.plan_call() if chance > 0.35 else None
    yield story.wait(4, 8)
    story.replace(email, status="sent", sent=story.clock)
    if call is not None:
        yield story.wait(1, 2)
        story.make_call(call)
    yield from go_on(story)


@scenario(weight=4, span=5, silent=True)
def voided(story: Story) -> Process:
    """Issued by mistake and voided."""
    story.issue()
    yield story.wait(2, 6)
    story.end("void")


@scenario(weight=3, span=-30, slack=6, kind="draft", silent=True)
def draft(story: Story) -> Process:
    """Written but not issued: no number, no dates; it goes out some weeks later."""
    story.change(status="draft")
    yield story.wait(8, 24)
    story.issue()
    yield from go_on(story)


@scenario(weight=2, span=0, slack=100, kind="credit", silent=True)
def credit_memo(story: Story) -> Process:
    """A credit, synced as an invoice with negative sums."""
    story.issue()
    yield from ()


@scenario(weight=2, span=0, slack=100, kind="payable", silent=True)
def payable(story: Story) -> Process:
    """A bill the company itself has to pay; in the same list."""
    story.issue()
    yield from ()


def _long_story(story: Story) -> Process:
    """Nearly everything that can happen to one invoice, for tests and documentation to show."""
    story.issue()
    yield story.past_due(-3)
    story.write("payment_upcoming")
    yield story.past_due(4)
    yield from bounce(story, "payment_overdue")
    yield story.wait(1, 2)
    story.hear("reply_copy")
    yield story.wait(2, 3)
    story.ring("voicemail")
    yield story.wait(2, 3)
    story.ring("no_answer")
    yield story.wait(8, 9)
    story.promise(days=10)
    yield story.wait(1, 1)
    story.write("promise_confirmed")
    yield story.wait(6, 8)
    story.pay(40)
    yield story.wait(8, 10)
    story.write("final_notice")
    yield story.wait(7, 8)
    yield from work_callout(story, "opened", "voicemail")
    yield story.wait(1, 2)
    yield from work_callout(story, "bounced", "answered", "clicked")
    yield story.wait(3, 5)
    story.pay(50, approved=False)
    yield story.wait(1, 2)
    story.ring("inquiry", inbound=True)
    yield max(story.clock, NOW - timedelta(hours=2))
    story.spawn(plan_callout(story))
    story.write("second_notice", status="draft")
    story.plan_call()
    yield story.wait(2, 3)
    # It never ends.
    while True:
        yield from _written(story)
        yield story.wait(4, 12)


SHOWPIECE = Scenario("long_story", 0, 105, 10, "receivable", False, _long_story)
