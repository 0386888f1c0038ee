"""How the kinds of story are told of an invoice: scripts are data, their verbs are here."""

from __future__ import annotations

import re
from collections.abc import Generator
from datetime import datetime, timedelta
from random import Random

from duetrail_sandbox.company.callouts import collect, plan_callout, work_callout
from duetrail_sandbox.company.clock import NOW, Process
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.data import read_toml


class Scenario(Record):
    """One kind of story: how often it occurs, how long it takes, how it is told."""

    kind = "receivable"

    @property
    def is_silent(self) -> bool:
        """Whether it never gets to Credira."""
        return not any(word in self.script for word in ("callout", "collect", "go_on"))


_STORIES = read_toml("stories")
*SCENARIOS, SHOWPIECE = (Scenario(name=name, **told) for name, told in _STORIES["stories"].items())
WEIGHTS = [one.weight for one in SCENARIOS]
_NEXT: dict[str, int] = _STORIES["next"]


def deal(count: int, rng: Random) -> list[Scenario]:
    """Choose a scenario for each of ``count`` invoices, each once before any comes twice."""
    hand = SCENARIOS + rng.choices(SCENARIOS, WEIGHTS, k=max(0, count - len(SCENARIOS)))
    hand = hand[:count]
    rng.shuffle(hand)
    return hand


def tell(invoice: Invoice, script: str) -> Process:
    """Do one step of a script after the other; a moment is waited for."""
    for step in script.split(","):
        verb, *words = step.split()
        # A verb is a function below, or else a method of an invoice.
        act = globals().get(f"_{verb}") or getattr(Invoice, verb)
        done = act(invoice, *map(_argument, words))
        if isinstance(done, datetime):
            yield done
        elif isinstance(done, Generator):
            yield from done


def _argument(word: str) -> str | int | bool | None:
    """A number, one of Python's three words for yes, no and unknown, or a word."""
    if re.fullmatch("-?[0-9]+", word):
        return int(word)
    return {"True": True, "False": False, "None": None}.get(word, word)


def _contest(invoice: Invoice) -> None:
    words = invoice.rng.choice(("reply_dispute", "reply_dispute", "reply_markup"))
    invoice.hear(words, attach="jpg")
    invoice.change(in_dispute=True)


def _agree(invoice: Invoice, percent: int = 100) -> None:
    due = invoice.total * percent // 100 if percent != 100 else invoice.amount_due
    invoice.change(in_dispute=False, amount_due=due)


def _credit(invoice: Invoice) -> None:
    less = invoice.remaining * invoice.rng.randint(5, 30) // 100
    invoice.change(amount_due=invoice.amount_due - less)


def _propose(invoice: Invoice, approved: bool | None) -> None:
    """Pay, with a match that is not approved or not judged."""
    invoice.pay(100, approved)
    invoice.change(status="processing")


def _remind(invoice: Invoice) -> Process:
    """Write, or prepare an email that goes out a day later, until Credira has the invoice."""
    if invoice.callouts:
        return
    words = ("payment_overdue", "second_notice", "final_notice")
    reason = "payment_upcoming" if invoice.status == "open" else invoice.rng.choice(words)
    invoice.write(reason, invoice.rng.choice(("sent", "sent", "draft", "pending")))
    yield invoice.wait(1, 3)
    _release(invoice)


def _hand_over(invoice: Invoice) -> Process:
    """Give an overdue invoice to Credira after a last email."""
    if invoice.status == "overdue" and not invoice.callouts:
        invoice.write("final_notice")
        yield invoice.wait(3, 8)
        invoice.spawn(collect(invoice))


def _prepare(invoice: Invoice) -> None:
    """Leave an email and mostly a call that wait to be released; one may have failed before."""
    chance = invoice.rng.random()
    if chance < 0.35:
        invoice.write("second_notice", "error")
    invoice.write("second_notice", "draft" if chance < 0.6 else "pending")
    if chance > 0.35:
        invoice.plan_call()


def _release(invoice: Invoice) -> None:
    for email in invoice.emails:
        if email.direction == "outbound" and email.status in ("draft", "pending", "sending"):
            invoice.alter(email, status="sent", sent=invoice.clock)


def _make_call(invoice: Invoice) -> None:
    for call in invoice.calls:
        if call.is_planned:
            invoice.make_call(call)


_callout = work_callout


def _go_on(invoice: Invoice) -> Process:
    """Let this and that happen every few days, until the invoice is paid, or voided."""
    for _ in range(invoice.rng.randint(3, 9)):
        yield invoice.wait(1, 4)
        yield from tell(invoice, invoice.rng.choices([*_NEXT], [*_NEXT.values()])[0])
    yield invoice.wait(2, 8)
    if not invoice.allocations and invoice.rng.random() < 0.15:
        invoice.end("void")
    else:
        invoice.pay()


def _keep_on(invoice: Invoice) -> Process:
    while True:
        invoice.write("second_notice", "pending")
        yield invoice.wait(1, 3)
        _release(invoice)
        yield invoice.wait(3, 9)


def _now(invoice: Invoice, minutes: int) -> datetime:
    return max(invoice.clock, NOW - timedelta(minutes=minutes))


def _spawn(invoice: Invoice, what: str) -> None:
    invoice.spawn({"collect": collect, "plan_callout": plan_callout}[what](invoice))
