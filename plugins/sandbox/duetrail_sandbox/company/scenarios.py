"""The kinds of story an invoice can have, from paid on time to written off, as data.

A script is steps, each a verb of the table below with its arguments. On the company's first day
a story has been told for ``span`` days after the due date and up to ``slack`` days more; what a
script holds beyond that comes in the days that follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from attrs import frozen

from duetrail_sandbox.company.callouts import collect, plan_callout, work_callout
from duetrail_sandbox.company.clock import NOW
from duetrail_sandbox.company.story import Story
from duetrail_sandbox.company.telling import Process

__all__ = ["SCENARIOS", "SHOWPIECE", "Scenario", "deal"]


@frozen
class Scenario:
    """One kind of story: how often it occurs, how long it takes, how it is told."""

    name: str
    weight: int
    span: int
    slack: int
    script: str
    kind: str = "receivable"

    @property
    def is_silent(self) -> bool:
        """Whether it never gets to Credira."""
        return not any(word in self.script for word in ("callout", "collect", "go_on"))

    def tell(self, story: Story) -> Process:
        """Tell it of an invoice that has just been written."""
        return _play(story, self.script)


def deal(count: int, rng: Random) -> list[Scenario]:
    """Choose a scenario for each of ``count`` invoices.

    Every one comes once before any comes twice, so that a small company shows them all.
    """
    weights = [one.weight for one in SCENARIOS]
    hand = SCENARIOS + rng.choices(SCENARIOS, weights, k=max(0, count - len(SCENARIOS)))
    hand = hand[:count]
    rng.shuffle(hand)
    return hand


# Name, weight, span, slack, perhaps the kind of invoice; below them the script.
_STORIES = """
paid_on_time 14 5 200
    issue, wait 5 9, pay
reminded_and_paid 13 30 200
    issue, due -3, write payment_upcoming, due 4, write payment_overdue, wait 1 2,
    hear reply_remittance, wait 2 6, pay
bounced_and_paid 8 32 200
    issue, due 3, bounce payment_overdue, wait 1 3, hear reply_copy, wait 3 8, pay
promised_and_paid 10 55 200
    issue, due 5, write payment_overdue, wait 2 4, ring voicemail, wait 2 4, ring no_answer,
    wait 1 3, promise 10, wait 1 1, write promise_confirmed, wait 5 8, pay 50, wait 4 10, pay
paying 4 22 3
    issue, due 5, write payment_overdue, wait 2 5, promise 8, wait 3 7, propose False, wait 12 18,
    approve
unmatched 3 22 3
    issue, due 5, write payment_overdue, wait 2 5, promise 8, wait 3 7, propose None, wait 12 18,
    approve
disputed 7 20 10
    issue, due 4, write payment_overdue, wait 1 4, contest, wait 1 2, write dispute_received,
    wait 4 9, ring dispute, wait 25 45, agree, go_on
credited 3 40 10
    issue, due 4, write payment_overdue, wait 1 4, contest, wait 1 2, write dispute_received,
    wait 4 9, ring dispute, agree 80, wait 2 4, pay 30, wait 15 25, go_on
ignored 7 30 8
    issue, due 4, write payment_overdue, wait 6 9, ring no_answer, wait 3 5, write final_notice,
    wait 7 8, callout opened unanswered, wait 1 3, plan_callout, callout bounced initiated lasts,
    collect, wait 20 60, go_on
escalated_and_paid 7 75 200
    issue, due 4, write payment_overdue, wait 6 9, write second_notice, wait 6 9,
    write final_notice, wait 7 8, callout clicked, wait 1 2, callout voicemail answered opened,
    wait 2 6, pay 40, wait 4 9, pay
written_off 6 120 250
    issue, due 6, bounce payment_overdue, wait 8 12, ring voicemail, wait 10 14,
    write final_notice, wait 8 10, callout unsubscribed unanswered unanswered, wait 10 20,
    callout voicemail, wait 20 30, end uncollectible
broken_promise 6 40 6
    issue, due 3, write payment_overdue, wait 2 5, promise 7, wait 5 8, pay 25, wait 4 8,
    promise 5, wait 8 12, callout delivered answered, plan_callout, collect, wait 15 40, go_on
fresh 10 -18 8
    issue, due -5, go_on
reminding 1 -18 8
    issue, now 2, write payment_upcoming sending, wait 1 1, release, go_on
planned 8 13 2
    issue, due 4, write payment_overdue, wait 5 8, prepare, wait 4 8, release, wait 1 2,
    make_call, go_on
voided 4 5 200
    issue, wait 2 6, end void
draft 3 -30 6 draft
    draft, wait 8 24, issue, go_on
credit_memo 2 0 100 credit
    issue
payable 2 0 100 payable
    issue
long_story 0 105 10
    issue, due -3, write payment_upcoming, due 4, bounce payment_overdue, wait 1 2,
    hear reply_copy, wait 2 3, ring voicemail, wait 2 3, ring no_answer, wait 8 9, promise 10,
    wait 1 1, write promise_confirmed, wait 6 8, pay 40, wait 8 10, write final_notice, wait 7 8,
    callout opened voicemail, wait 1 2, callout bounced answered clicked, wait 3 5, share 50,
    wait 1 2, ring inquiry, now 120, plan_callout, write second_notice draft, plan_call, wait 2 3,
    keep_on
"""


def _read(text: str) -> list[Scenario]:
    found = []
    for told in re.findall(r"^\S[^\n]*+(?:\n {4}[^\n]++)++", text, re.MULTILINE):
        head, _, script = told.partition("\n")
        name, weight, span, slack, *kind = head.split()
        found.append(Scenario(name, int(weight), int(span), int(slack), script, *kind))
    return found


# The last one has nearly everything, for tests and documentation to show, and is dealt to nobody.
*SCENARIOS, SHOWPIECE = _read(_STORIES)
# What may come next in any story, and how often.
_NEXT = {
    "remind": 5,
    "hear reply_remittance": 2,
    "hear reply_copy": 1,
    "ring voicemail": 1,
    "ring no_answer": 1,
    "ring inquiry": 1,
    "plan_call, wait 1 3, make_call": 2,
    "bounce_late": 2,
    "promise 8": 2,
    "pay 20": 1,
    "pay 50": 1,
    "credit": 2,
    "contest, wait 3 9, agree": 2,
    "write final_notice, wait 3 8, collect": 1,
}


def _play(story: Story, script: str) -> Process:
    """Do one step after the other; a moment is waited for."""
    for step in script.split(","):
        verb, *arguments = step.split()
        done = _VERBS[verb](story, *arguments)
        if isinstance(done, datetime):
            yield done
        elif isinstance(done, Generator):
            yield from done


def _contest(story: Story) -> None:
    words = story.rng.choice(("reply_dispute", "reply_dispute", "reply_markup"))
    story.hear(words, attach="jpg")
    story.change(in_dispute=True)


def _agree(story: Story, percent: str = "100") -> None:
    due = story.bill.total * int(percent) // 100 if percent != "100" else story.amount_due
    story.change(in_dispute=False, amount_due=due)


def _credit(story: Story) -> None:
    less = story.open_amount * story.rng.randint(5, 30) // 100
    story.change(amount_due=story.amount_due - less)


def _propose(story: Story, approved: str) -> None:
    """Pay, with a match that is not approved or not judged."""
    story.pay(approved={"False": False, "None": None}[approved])
    story.change(status="processing")


def _bounce(story: Story, reason: str) -> Process:
    """Write to an outdated address, learn of the bounce, correct it and write again."""
    story.address = f"former.{story.contact.email}"
    story.write(reason, bounced=True)
    story.address = story.contact.email
    yield story.wait(1, 2)
    story.write(reason)


def _remind(story: Story) -> Process:
    """The company writes, or prepares an email that goes out a day or so later."""
    words = ("payment_overdue", "second_notice", "final_notice")
    reason = "payment_upcoming" if story.status == "open" else story.rng.choice(words)
    story.write(reason, status=story.rng.choice(("sent", "sent", "draft", "pending")))
    yield story.wait(1, 3)
    _release(story)


def _prepare(story: Story) -> None:
    """Leave an email and mostly a call that wait to be released; one may have failed before."""
    chance = story.rng.random()
    if chance < 0.35:
        story.write("second_notice", status="error")
    story.write("second_notice", status="draft" if chance < 0.6 else "pending")
    if chance > 0.35:
        story.plan_call()


def _release(story: Story) -> None:
    for email in [*story.emails.values()]:
        if email.direction == "outbound" and email.status in ("draft", "pending", "sending"):
            story.replace(email, status="sent", sent=story.clock)


def _make_call(story: Story) -> None:
    for call in [*story.calls.values()]:
        if call.is_planned:
            story.make_call(call)


def _callout(story: Story, *steps: str) -> Process:
    return work_callout(story, *(s for s in steps if s != "lasts"), lasts="lasts" in steps)


def _go_on(story: Story) -> Process:
    """Let this and that happen every few days, until the invoice is paid, or voided."""
    for _ in range(story.rng.randint(3, 9)):
        yield story.wait(1, 4)
        yield from _play(story, story.rng.choices([*_NEXT], [*_NEXT.values()])[0])
    yield story.wait(2, 8)
    if not story.allocations and story.rng.random() < 0.15:
        story.end("void")
    else:
        story.pay()


def _keep_on(story: Story) -> Process:
    while True:
        yield from _remind(story)
        yield story.wait(3, 9)


_VERBS: dict[str, Callable[..., Any]] = {
    "agree": _agree,
    "approve": lambda story: story.approve(),
    "bounce": _bounce,
    "bounce_late": lambda story: story.bounce_late(),
    "callout": _callout,
    "collect": lambda story: story.spawn(collect(story)),
    "contest": _contest,
    "credit": _credit,
    "draft": lambda story: story.change(status="draft"),
    "due": lambda story, days: story.past_due(int(days)),
    "end": lambda story, status: story.end(status),
    "go_on": _go_on,
    "hear": lambda story, reason: story.hear(reason),
    "issue": lambda story: story.issue(),
    "keep_on": _keep_on,
    "make_call": _make_call,
    "now": lambda story, minutes: max(story.clock, NOW - timedelta(minutes=int(minutes))),
    "pay": lambda story, percent="100": story.pay(int(percent)),
    "plan_call": lambda story: story.plan_call(),
    "plan_callout": lambda story: story.spawn(plan_callout(story)),
    "prepare": _prepare,
    "promise": lambda story, days: story.promise(int(days)),
    "propose": _propose,
    "release": _release,
    "remind": _remind,
    "ring": lambda story, kind: story.ring(kind, inbound=kind == "inquiry"),
    "share": lambda story, percent: story.pay(int(percent), approved=False),
    "wait": lambda story, low, high: story.wait(int(low), int(high)),
    "write": lambda story, reason, status="sent": story.write(reason, status=status),
}
