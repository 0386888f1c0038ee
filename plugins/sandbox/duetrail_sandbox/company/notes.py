"""Exante's emails, one at a time: who writes, what is said, when it goes out.

The texts are written for this package. Placeholders: ``{name}`` of the contact, ``{number}``
of the invoice, ``{amount}`` open at that moment, ``{due}`` date, ``{company}``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from attrs import frozen

from duetrail_sandbox.company.claims import Initiator, Note
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.money import shown
from duetrail_sandbox.company.people import COMPANY, User
from duetrail_sandbox.company.uids import uid

__all__ = ["AGENT", "SCHEDULE", "Writer", "colleague", "note"]

# A subject and a plain body each.
_WORDS: dict[str, tuple[str, str]] = {
    "available": (
        "{number}: where to find it",
        "Hello {name},\n\ninvoice {number} is in your portal. It falls due on {due}.\n\n{company}",
    ),
    "questions": (
        "Anything missing for {number}?",
        "Hello {name},\n\ndo you have all you need to release {amount} by {due}? "
        "A purchase order, a delivery note?",
    ),
    "nudge": (
        "{number} was due on {due}",
        "Hello {name},\n\nwe cannot see a payment for {number} yet. Is {amount} on its way?",
    ),
    "resend": (
        "Resent: {number} was due on {due}",
        "Hello {name},\n\nour last email did not get through, so I write to you directly. "
        "{amount} is open on {number}.",
    ),
    "second_nudge": (
        "Still open: {number}",
        "Hello {name},\n\n{amount} on {number} is still open. "
        "Please send us the date of your payment run.",
    ),
    "personal": (
        "A word about {number}",
        "Hello {name},\n\nis there anything that keeps {number} from being paid? "
        "Call me if that is easier.",
    ),
    "checking": (
        "We are looking into {number}",
        "Hello {name},\n\nI have your message about {number}. "
        "Please hold the payment back until you hear from me.",
    ),
    "balance": (
        "What remains of {number}",
        "Hello {name},\n\nthank you for the part you have paid. {amount} remains open.",
    ),
    "thanks": (
        "Thank you: {number} is settled",
        "Hello {name},\n\nyour payment for {number} has reached us. Nothing is open any more.",
    ),
}


@frozen(kw_only=True)
class Writer:
    """Who writes, and from which mailbox."""

    initiator: Initiator
    address: str


AGENT = Writer(
    initiator=Initiator(type="AGENT", uid=uid("agent", 1), name="Receivables agent"),
    address="receivables@example.com",
)
# No document names this type; a reader must let it through.
SCHEDULE = Writer(
    initiator=Initiator(type="SCHEDULE", uid=uid("schedule", 1), name=None),
    address="receivables@example.com",
)


def colleague(user: User) -> Writer:
    """Let a member of the team write, from their own mailbox."""
    name = f"{user.given} {user.family}"
    initiator = Initiator(type="USER", uid=uid("user", user.id), name=name)
    return Writer(initiator=initiator, address=user.email)


def note(
    invoice: Invoice, words: str, writer: Writer, when: datetime, place: int, rng: Random
) -> Note:
    """Write an email that goes out at ``when`` and arrives; people do not plan theirs."""
    subject, body = (text.format(**_facts(invoice, when)) for text in _WORDS[words])
    by_hand = writer.initiator.type == "USER"
    lead = timedelta(minutes=rng.randint(2, 25) if by_hand else rng.randint(60, 360))
    contacts = invoice.customer.contacts
    others = tuple(other.email for other in contacts[1:]) if rng.random() < 0.4 else ()
    return Note(
        uid=uid("note", invoice.id, place),
        initiator=writer.initiator,
        sender=writer.address,
        to=(contacts[0].email,),
        cc=others or (() if rng.random() < 0.5 else None),
        subject=subject,
        body=body,
        status="SENT",
        created=when - lead,
        planned=None if by_hand else when - timedelta(seconds=rng.randint(1, 50)),
        sent=when,
        bounced_addresses=() if rng.random() < 0.7 else None,
    )


def _facts(invoice: Invoice, when: datetime) -> dict[str, str]:
    """The values of the placeholders, with what was open at that moment."""
    contact = invoice.customer.contacts[0]
    paid = sum(one.amount for one in invoice.allocations if one.approved and one.created <= when)
    return {
        "name": f"{contact.given} {contact.family}",
        "number": invoice.number or invoice.remote_id,
        "amount": shown(invoice.amount_due - paid, invoice.currency),
        "due": invoice.due.date().isoformat() if invoice.due else "receipt",
        "company": COMPANY,
    }
