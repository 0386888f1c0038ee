"""What can happen at Exante: claims come and go, emails are written, sent and bounce late.

Exante has no time of update anywhere. What happens to the invoice itself it learns from the
ERP as Stuut does.
"""

from __future__ import annotations

from datetime import timedelta

import attrs

from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.clock import after, stamp
from duetrail_sandbox.company.events import Kinds
from duetrail_sandbox.company.ledger import Ledger
from duetrail_sandbox.company.life_billing import is_open
from duetrail_sandbox.company.mishaps import noticed
from duetrail_sandbox.company.notes import AGENT, colleague, note
from duetrail_sandbox.company.uids import uid

__all__ = ["EXANTE_EVENTS", "LOOK_BACK"]

EXANTE_EVENTS = Kinds("exante")

# How long after the payment an email about an invoice may still bounce.
LOOK_BACK = timedelta(days=60)
# An email bounces late when it has been fine for so long.
_FINE = timedelta(days=2)


def _is_open(claim: Claim) -> bool:
    return is_open(claim.invoice)


def _with(claim: Claim, *notes: Note) -> Claim:
    """Enter emails, new or changed, and keep the order in which they were made."""
    changed = {one.uid: one for one in notes}
    kept = [changed.pop(one.uid, one) for one in claim.notes]
    told = sorted([*kept, *changed.values()], key=lambda one: one.created, reverse=True)
    return attrs.evolve(claim, notes=tuple(told))


@EXANTE_EVENTS.add(rate=0.01)
def claim_listed(books: Ledger) -> None:
    """Exante takes on an invoice, and sometimes writes about it at once."""

    def is_new(key: str) -> bool:
        return key not in books.claims and key not in books.struck

    found = books.invoice(lambda one: is_open(one) and is_new(uid("invoice", one.id)))
    if found is None:
        return
    addresses = () if found.index % 2 else None
    claim = Claim(invoice=books.as_claimed(found), notes=(), bounced_addresses=addresses)
    if books.rng.random() < 0.5:
        claim = _with(claim, _written(books, claim, "questions"))
    books.put_claim(claim)


def _written(books: Ledger, claim: Claim, words: str) -> Note:
    """Write an email that goes out in the moment it is made."""
    hand = books.rng.random() < 0.5
    writer = colleague(claim.invoice.customer.assignee) if hand else AGENT
    written = note(claim.invoice, words, writer, books.now, len(claim.notes), books.rng)
    return attrs.evolve(written, created=books.now, planned=written.planned and books.now)


@EXANTE_EVENTS.add(rate=0.01)
def claim_credited(books: Ledger) -> None:
    """A credit lowers what is due on a claim: at Stuut too, while it has the invoice."""
    found = books.claim(lambda one: _is_open(one) and one.invoice.remaining > 100)
    if found is None:
        return
    credit = found.invoice.remaining * books.rng.randint(5, 30) // 100
    shared = books.invoices.get(found.invoice.index)
    if shared is not None:
        books.modify(attrs.evolve(shared, amount_due=shared.amount_due - credit))
    else:
        less = attrs.evolve(found.invoice, amount_due=found.invoice.amount_due - credit)
        books.put_claim(attrs.evolve(found, invoice=less))


@EXANTE_EVENTS.add(rate=0.012)
def note_written(books: Ledger) -> None:
    """An email about an open claim is written and sent."""
    found = books.claim(_is_open)
    if found is not None:
        words = "balance" if found.invoice.paid else "second_nudge"
        books.put_claim(_with(found, _written(books, found, words)))


@EXANTE_EVENTS.add(rate=0.01)
def note_prepared(books: Ledger) -> None:
    """An email is planned for one of the next days, or handed over for sending."""
    found = books.claim(_is_open)
    if found is None:
        return
    written = _written(books, found, "personal")
    unsent = attrs.evolve(written, sent=None, bounced=None, bounced_addresses=None)
    if books.rng.random() < 0.5:
        planned = after(books.now, books.rng, 1, 5)
        unsent = attrs.evolve(unsent, status="DRAFT", planned=planned)
    else:
        unsent = attrs.evolve(unsent, status="PENDING")
    books.put_claim(_with(found, unsent))


@EXANTE_EVENTS.add(rate=0.01)
def note_sent(books: Ledger) -> None:
    """An email that was prepared goes out, early where it was planned for later."""
    found = books.claim(lambda one: _is_open(one) and any(map(_is_unsent, one.notes)))
    if found is None:
        return
    unsent = books.rng.choice([one for one in found.notes if _is_unsent(one)])
    to = unsent.to or (found.invoice.customer.contacts[0].email,)
    sent = attrs.evolve(
        unsent,
        to=to,
        status="SENT",
        planned=min(unsent.planned, books.now) if unsent.planned else None,
        sent=books.now,
        bounced=False,
        bounced_addresses=(),
    )
    books.put_claim(_with(found, sent))


def _is_unsent(note: Note) -> bool:
    return note.status in ("DRAFT", "PENDING")


@EXANTE_EVENTS.add(rate=0.01)
def note_bounced(books: Ledger) -> None:
    """An email about an open claim that was fine for days bounces, with the same times."""
    _bounce(books, paid=False)


@EXANTE_EVENTS.add(rate=0.005)
def note_bounced_after_payment(books: Ledger) -> None:
    """The same on a claim that was paid meanwhile, and not longer ago than sixty days."""
    _bounce(books, paid=True)


def _bounce(books: Ledger, *, paid: bool) -> None:
    def may_bounce(note: Note) -> bool:
        fine = note.status == "SENT" and not (note.bounced or note.bounce or note.delivery)
        return fine and note.sent is not None and note.sent < books.now - _FINE and bool(note.to)

    def fits(claim: Claim) -> bool:
        when = claim.invoice.paid_at
        lately = when is not None and when > books.now - LOOK_BACK
        return (lately if paid else _is_open(claim)) and any(map(may_bounce, claim.notes))

    found = books.claim(fits)
    if found is None:
        return
    lost = books.rng.choice([one for one in found.notes if may_bounce(one)])
    address = (lost.to or ("",))[-1]
    known = sorted({*(found.bounced_addresses or ()), address})
    told = attrs.evolve(found, bounced_addresses=tuple(known))
    books.put_claim(_with(told, noticed(lost, stamp(books.now), address)))


@EXANTE_EVENTS.add(rate=0.004)
def claim_deleted(books: Ledger) -> None:
    """An invoice is deleted from Exante with all its emails, and never comes back."""
    found = books.claim(lambda one: one.invoice.index != books.showpiece)
    if found is not None:
        books.strike(found)
