"""What can happen between the company and its customers at Stuut: emails and calls.

The email or call that changes is modified, and so is every invoice that it is about.
"""

from __future__ import annotations

from datetime import timedelta

import attrs

from duetrail_sandbox.company.events import Kinds
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.joint import shared_topic
from duetrail_sandbox.company.ledger import CALL_TIME, Ledger
from duetrail_sandbox.company.life_billing import is_open
from duetrail_sandbox.company.outreach import dialled
from duetrail_sandbox.company.people import TEAM
from duetrail_sandbox.company.touches import Call, Email

__all__ = ["OUTREACH"]

OUTREACH = Kinds("stuut")

# How long after it was sent an email may still bounce; before a day it would not be late.
_LATE = (timedelta(days=1), timedelta(days=60))
# Nobody rings about an invoice that has just gone out.
_NEW = timedelta(hours=2)
# It takes at least so long to approve a call and to make it.
_APPROVAL = timedelta(minutes=2)


def _is_callable(books: Ledger, invoice: Invoice) -> bool:
    return is_open(invoice) and invoice.issued is not None and invoice.issued < books.now - _NEW


@OUTREACH.add(rate=0.015)
def email_written(books: Ledger) -> None:
    """The company writes about an open invoice."""
    found = books.invoice(is_open)
    if found is not None:
        scene = books.scene(found)
        scene.write(_reason(books, found))
        books.modify(scene.close())


def _reason(books: Ledger, invoice: Invoice) -> str:
    if invoice.status == "open":
        return "payment_upcoming"
    return books.rng.choice(("payment_overdue", "second_notice", "final_notice"))


@OUTREACH.add(rate=0.01)
def email_drafted(books: Ledger) -> None:
    """An email is prepared and waits to be released."""
    found = books.invoice(is_open)
    if found is not None:
        scene = books.scene(found)
        scene.write(_reason(books, found), status=books.rng.choice(("draft", "pending")))
        books.modify(scene.close())


@OUTREACH.add(rate=0.01)
def email_sent(books: Ledger) -> None:
    """An email that was prepared goes out."""
    found = books.invoice(lambda one: is_open(one) and any(map(_is_prepared, one.emails)))
    if found is not None:
        email = books.rng.choice([one for one in found.emails if _is_prepared(one)])
        books.replace_email(found, attrs.evolve(email, status="sent", sent=books.now))


def _is_prepared(email: Email) -> bool:
    return email.direction == "outbound" and email.status in ("draft", "pending", "sending")


@OUTREACH.add(rate=0.01)
def email_bounced(books: Ledger) -> None:
    """An email sent days ago turns out not to have arrived."""

    def may_bounce(email: Email) -> bool:
        if email.direction != "outbound" or email.sent is None or email.bounced:
            return False
        return _LATE[0] < books.now - email.sent < _LATE[1]

    found = books.invoice(lambda one: any(map(may_bounce, one.emails)))
    if found is not None:
        email = books.rng.choice([one for one in found.emails if may_bounce(one)])
        books.replace_email(found, attrs.evolve(email, bounced=email.to[:1]))


@OUTREACH.add(rate=0.012)
def reply_received(books: Ledger) -> None:
    """The customer writes, and the company does not."""
    found = books.invoice(is_open)
    if found is not None:
        scene = books.scene(found)
        scene.hear(books.rng.choice(("reply_remittance", "reply_copy")))
        books.modify(scene.close())


@OUTREACH.add(rate=0.01)
def promise_made(books: Ledger) -> None:
    """The customer promises on the phone to pay by a day."""
    found = books.invoice(lambda one: _is_callable(books, one) and not one.in_dispute)
    if found is not None:
        scene = books.scene(found, call=True)
        scene.promise(days=books.rng.randint(3, 14))
        books.modify(scene.close())


@OUTREACH.add(rate=0.01)
def call_made(books: Ledger) -> None:
    """The company rings, and reaches nobody."""
    _ring(books, books.rng.choice(("voicemail", "no_answer")), inbound=False)


@OUTREACH.add(rate=0.01)
def call_received(books: Ledger) -> None:
    """The customer rings."""
    _ring(books, "inquiry", inbound=True)


def _ring(books: Ledger, kind: str, *, inbound: bool) -> None:
    found = books.invoice(lambda one: _is_callable(books, one))
    if found is not None:
        scene = books.scene(found, call=True)
        scene.ring(kind, inbound=inbound)
        books.modify(scene.close())


@OUTREACH.add(rate=0.005)
def call_about_two(books: Ledger) -> None:
    """One call is about two invoices of a customer."""

    def others(invoice: Invoice) -> list[Invoice]:
        owned = books.owned(invoice.customer)
        return [one for one in owned if one is not invoice and _is_callable(books, one)]

    found = books.invoice(lambda one: _is_callable(books, one) and bool(others(one)))
    if found is None:
        return
    pair = [found, books.rng.choice(others(found))]
    scenes = [books.scene(one, call=True) for one in sorted(pair, key=lambda one: one.index)]
    inbound = books.rng.random() < 0.5
    call = dialled(
        shared_topic(scenes), "inquiry", books.now - CALL_TIME, books.rng, inbound=inbound
    )
    for scene in scenes:
        scene.calls.append(call)
        books.modify(scene.close())


@OUTREACH.add(rate=0.01)
def call_planned(books: Ledger) -> None:
    """A call is planned and waits for approval."""
    found = books.invoice(lambda one: _is_callable(books, one))
    if found is not None:
        scene = books.scene(found)
        scene.plan_call()
        books.modify(scene.close())


@OUTREACH.add(rate=0.01)
def planned_call_made(books: Ledger) -> None:
    """A planned call is approved and made: it is planned no more."""

    def is_waiting(call: Call) -> bool:
        return call.status == "pending_approval" and call.created < books.now - _APPROVAL

    found = books.invoice(lambda one: is_open(one) and any(map(is_waiting, one.calls)))
    if found is None:
        return
    call = books.rng.choice([one for one in found.calls if is_waiting(one)])
    topic = books.scene(found, call=True).topic()
    # One that was planned only now is dialled as soon as it is there.
    when = max(call.created, books.now - CALL_TIME)
    made = dialled(topic, books.rng.choice(("voicemail", "no_answer")), when, books.rng)
    approved = attrs.evolve(
        made,
        id=call.id,
        created=call.created,
        approver=books.rng.choice(TEAM),
        planned_by_workflow=call.planned_by_workflow,
    )
    books.replace_call(found, approved)
