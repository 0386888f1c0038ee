"""The kinds of story an invoice can have, from paid on time to written off.

A plot's ``span`` is the most days it takes after the due date, ``slack`` the most days it may
lie further back. Together they keep every story in the past of the company's fixed today;
what is only planned is the exception.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.escalation import plan_callout, work_callout
from duetrail_sandbox.company.story import Scene

__all__ = ["PLOTS", "Plot", "deal"]

Telling = Callable[[Scene], None]


@frozen
class Plot:
    """One kind of story: how often it occurs, how long it takes, how it is told."""

    name: str
    weight: int
    span: int
    slack: int
    kind: str
    tell: Telling


PLOTS: list[Plot] = []


def plot(
    weight: int, span: int, slack: int = 200, kind: str = "receivable"
) -> Callable[[Telling], Telling]:
    """Register the decorated function as a plot under its own name."""

    def register(tell: Telling) -> Telling:
        PLOTS.append(Plot(tell.__name__, weight, span, slack, kind, tell))
        return tell

    return register


@plot(weight=14, span=5)
def paid_on_time(scene: Scene) -> None:
    """Issued, paid before the reminder."""
    scene.issue()
    scene.wait(5, 9)
    scene.pay()
    scene.status = "paid"


@plot(weight=13, span=30)
def reminded_and_paid(scene: Scene) -> None:
    """Reminded before and after the due date, answered, paid."""
    scene.issue()
    scene.past_due(-3)
    scene.write("payment_upcoming")
    scene.past_due(4)
    scene.write("payment_overdue", attach=scene.rng.random() < 0.5)
    scene.wait(1, 2)
    scene.hear("reply_remittance")
    scene.wait(2, 6)
    scene.pay()
    scene.status = "paid"


@plot(weight=8, span=32)
def bounced_and_paid(scene: Scene) -> None:
    """The reminder bounces, reaches the right address, gets paid."""
    scene.issue()
    scene.past_due(3)
    scene.bounce("payment_overdue")
    scene.wait(1, 3)
    scene.hear("reply_copy")
    scene.wait(3, 8)
    scene.pay()
    scene.status = "paid"


@plot(weight=10, span=55)
def promised_and_paid(scene: Scene) -> None:
    """Voicemail, no answer, a promise on the phone, half paid, then the rest."""
    scene.issue()
    scene.past_due(5)
    scene.write("payment_overdue")
    scene.wait(2, 4)
    scene.ring("voicemail")
    scene.wait(2, 4)
    scene.ring("no_answer")
    scene.wait(1, 3)
    scene.promise(days=10)
    scene.wait(1, 1)
    scene.write("promise_confirmed")
    scene.wait(5, 8)
    scene.pay(50)
    scene.wait(4, 10)
    scene.pay()
    scene.status = "paid"


@plot(weight=4, span=30, slack=3)
def paying(scene: Scene) -> None:
    """A payment is under way; its match to the invoice was not approved."""
    _pay_tentatively(scene, approved=False)


@plot(weight=2, span=30, slack=3)
def unmatched(scene: Scene) -> None:
    """A payment is under way; nobody has judged its match to the invoice yet."""
    _pay_tentatively(scene, approved=None)


def _pay_tentatively(scene: Scene, *, approved: bool | None) -> None:
    scene.issue()
    scene.past_due(5)
    scene.write("payment_overdue")
    scene.wait(2, 5)
    scene.promise(days=8)
    scene.wait(3, 7)
    scene.pay(approved=approved)
    scene.status = "processing"


@plot(weight=7, span=40, slack=90)
def disputed(scene: Scene) -> None:
    """The customer contests the delivery; nothing is paid."""
    scene.issue()
    scene.past_due(4)
    scene.write("payment_overdue")
    scene.wait(1, 4)
    scene.hear(scene.rng.choice(("reply_dispute", "reply_dispute", "reply_markup")), "jpg")
    scene.in_dispute = True
    scene.wait(1, 2)
    scene.write("dispute_received")
    scene.wait(4, 9)
    scene.ring("dispute")


@plot(weight=3, span=45, slack=90)
def credited(scene: Scene) -> None:
    """A dispute ends in a credit; a part of the rest is paid. The sums no longer meet."""
    disputed(scene)
    scene.in_dispute = False
    scene.amount_due = scene.bill.total * 80 // 100
    scene.wait(2, 4)
    scene.pay(30)


@plot(weight=7, span=60, slack=60)
def ignored(scene: Scene) -> None:
    """Nobody answers; Credira has taken over and is still at it."""
    scene.issue()
    scene.past_due(4)
    scene.write("payment_overdue")
    scene.wait(6, 9)
    scene.ring("no_answer")
    scene.wait(3, 5)
    scene.write("final_notice")
    scene.wait(7, 8)
    work_callout(scene, "opened", "unanswered")
    scene.wait(1, 3)
    work_callout(scene, "bounced", "initiated", status="active")
    plan_callout(scene)


@plot(weight=7, span=75)
def escalated_and_paid(scene: Scene) -> None:
    """Credira reaches the debtor, who pays in two steps."""
    scene.issue()
    scene.past_due(4)
    scene.write("payment_overdue")
    scene.wait(6, 9)
    scene.write("second_notice")
    scene.wait(6, 9)
    scene.write("final_notice")
    scene.wait(7, 8)
    work_callout(scene, "clicked")
    scene.wait(1, 2)
    work_callout(scene, "voicemail", "answered", "opened")
    scene.wait(2, 6)
    scene.pay(40)
    scene.wait(4, 9)
    scene.pay()
    scene.status = "paid"


@plot(weight=4, span=120, slack=250)
def written_off(scene: Scene) -> None:
    """Everything was tried; the claim is given up."""
    scene.issue()
    scene.past_due(6)
    scene.bounce("payment_overdue")
    scene.wait(8, 12)
    scene.ring("voicemail")
    scene.wait(10, 14)
    scene.write("final_notice")
    scene.wait(8, 10)
    work_callout(scene, "unsubscribed", "unanswered", "unanswered")
    scene.wait(10, 20)
    work_callout(scene, "voicemail")
    scene.wait(20, 30)
    scene.written_off_at = scene.clock
    scene.status = "uncollectible"


@plot(weight=6, span=60, slack=40)
def broken_promise(scene: Scene) -> None:
    """Promised, partly paid, promised again, now waiting for callouts to come."""
    scene.issue()
    scene.past_due(3)
    scene.write("payment_overdue")
    scene.wait(2, 5)
    scene.promise(days=7)
    scene.wait(5, 8)
    scene.pay(25)
    scene.wait(4, 8)
    scene.promise(days=5)
    scene.wait(8, 12)
    work_callout(scene, "delivered", "answered")
    plan_callout(scene)


@plot(weight=10, span=-18, slack=8)
def fresh(scene: Scene) -> None:
    """Issued lately and not yet due."""
    scene.issue()


@plot(weight=1, span=-18, slack=8)
def reminding(scene: Scene) -> None:
    """Not yet due; an email is on its way at this moment."""
    scene.issue()
    scene.clock = NOW - timedelta(minutes=2)
    scene.write("payment_upcoming", status="sending")


@plot(weight=8, span=18, slack=20)
def planned(scene: Scene) -> None:
    """Overdue, with the next email and the next call prepared but not released."""
    scene.issue()
    scene.past_due(4)
    scene.write("payment_overdue")
    scene.wait(5, 8)
    chance = scene.rng.random()
    if chance < 0.2:
        scene.write("second_notice", status="error")
    scene.write("second_notice", status="draft" if chance < 0.6 else "pending")
    if chance > 0.35:
        scene.plan_call()


@plot(weight=4, span=5)
def voided(scene: Scene) -> None:
    """Issued by mistake and voided."""
    scene.issue()
    scene.wait(2, 6)
    scene.voided_at = scene.clock
    scene.status = "void"


@plot(weight=3, span=-30, slack=10, kind="draft")
def draft(scene: Scene) -> None:
    """Written but not issued: no number, no dates."""
    scene.status = "draft"


@plot(weight=2, span=0, slack=100, kind="credit")
def credit_memo(scene: Scene) -> None:
    """A credit, synced as an invoice with negative sums."""
    scene.issue()


@plot(weight=2, span=0, slack=100, kind="payable")
def payable(scene: Scene) -> None:
    """A bill the company itself has to pay; in the same list."""
    scene.issue()


def deal(count: int, rng: Random) -> list[Plot]:
    """Choose a plot for each of ``count`` invoices.

    Every plot comes once before any comes twice, so that a small company shows them all.
    """
    weights = [plot.weight for plot in PLOTS]
    hand = PLOTS + rng.choices(PLOTS, weights, k=max(0, count - len(PLOTS)))
    hand = hand[:count]
    rng.shuffle(hand)
    return hand
