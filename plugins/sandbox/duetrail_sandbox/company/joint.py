"""What concerns several invoices of one customer at once: statements, calls, one payment."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from random import Random

import attrs

from duetrail_sandbox.company.clock import NOW, after
from duetrail_sandbox.company.invoices import Allocation
from duetrail_sandbox.company.money import shown
from duetrail_sandbox.company.outreach import Topic, dialled, letter, planned_call, reply
from duetrail_sandbox.company.story import Scene
from duetrail_sandbox.company.touches import Call, Email

__all__ = ["shared_topic", "tell_together"]

_LONGEST_GAP = timedelta(days=75)


def tell_together(scenes: list[Scene], rng: Random) -> None:
    """Add what one customer's invoices share to their scenes, in place."""
    _pay_together(scenes, rng)
    waiting = [scene for scene in scenes if _is_waiting(scene)]
    if len(waiting) > 1:
        _remind_together(
            sorted(
                rng.sample(waiting, min(len(waiting), rng.choice((2, 3)))),
                key=lambda scene: scene.bill.index,
            ),
            rng,
        )


def _is_waiting(scene: Scene) -> bool:
    """Whether an invoice is open and was issued long enough ago to stand on a statement."""
    return (
        scene.status is None
        and scene.issued is not None
        and scene.issued < NOW - timedelta(days=14)
        and scene.bill.kind == "receivable"
        and scene.bill.total > 0
    )


def shared_topic(scenes: list[Scene]) -> Topic:
    """What an email or call about all of them is about."""
    first = scenes[0]
    sums: dict[str, int] = defaultdict(int)
    for scene in scenes:
        sums[scene.bill.currency] += scene.open_amount
    return Topic(
        bills=tuple(scene.bill for scene in scenes),
        contact=first.contact,
        address=first.contact.email,
        amount=" and ".join(shown(minor, currency) for currency, minor in sorted(sums.items())),
        due="receipt",
        key=first.key(),
    )


def _remind_together(scenes: list[Scene], rng: Random) -> None:
    """Send a statement, sometimes answered, sometimes followed by a call or a plan."""
    when = after(NOW - timedelta(days=9), rng, 0, 2)
    statement = letter(shared_topic(scenes), "account_statement", when, rng, attach=True)
    emails: list[Email] = [statement]
    calls: list[Call] = []
    if rng.random() < 0.45:
        when = after(when, rng, 1, 1)
        emails.append(reply(shared_topic(scenes), "reply_statement", when, rng, statement))
    if rng.random() < 0.6:
        when = after(when, rng, 1, 1)
        calls.append(
            dialled(shared_topic(scenes), "inquiry", when, rng, inbound=rng.random() < 0.5)
        )
    if rng.random() < 0.3:
        calls.append(planned_call(shared_topic(scenes), when + timedelta(hours=1), rng))
    if rng.random() < 0.3:
        later = when + timedelta(hours=2)
        thread = statement.thread_id
        emails.append(
            letter(
                shared_topic(scenes), "account_statement", later, rng, status="draft", thread=thread
            )
        )
    for scene in scenes:
        scene.emails.extend(emails)
        scene.calls.extend(calls)


def _pay_together(scenes: list[Scene], rng: Random) -> None:
    """Merge the last payments of two paid invoices into one, where currency and dates allow."""
    by_currency: dict[str, list[Scene]] = defaultdict(list)
    for scene in scenes:
        if scene.status == "paid" and scene.final_payment is not None:
            by_currency[scene.bill.currency].append(scene)
    for paid in by_currency.values():
        paid.sort(key=lambda scene: (_last(scene).created, scene.bill.index))
        for early, late in list(pairwise(paid))[::2]:
            if _last(late).created - _last(early).created <= _LONGEST_GAP and rng.random() < 0.7:
                _merge(early, late)


def _last(scene: Scene) -> Allocation:
    assert scene.final_payment is not None, "only fully paid scenes are paired"
    return scene.final_payment


def _merge(early: Scene, late: Scene) -> None:
    """Let the later payment cover both; the earlier one never took place."""
    payment = attrs.evolve(_last(late).payment, amount=_last(early).amount + _last(late).amount)
    for scene in (early, late):
        share = attrs.evolve(_last(scene), payment=payment, created=payment.time)
        scene.allocations[-1] = share
        scene.final_payment = share
