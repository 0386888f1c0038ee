"""How Exante shows an invoice, thin and full, its timeline, drafts, conversations, keys.

A conversation begins with an email that came in about one of Exante's invoices. It names the
customer and no invoice; the answers in it are emails of the timelines under uids of their own.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any
from zlib import crc32

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.correspondence import Claim
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import COMPANY, TEAM
from duetrail_sandbox.company.records import EXPONENTS, Record, uid
from duetrail_sandbox.company.touches import SNIPPET
from duetrail_sandbox.data import read_toml
from duetrail_sandbox.forms import Forms

ORGANIZATION = uid("organization", 1)
_F = Forms("exante")
# Words of our own ledger that mean the same there under another name.
_STATUSES = {"open": "sent", "processing": "sent", "uncollectible": "cancelled"}


def _status(bill: Invoice) -> str:
    """Say in Exante's words how an invoice stands."""
    if bill.status == "overdue" and bill.in_dispute:
        return "disputed"
    if bill.status in ("open", "overdue") and bill.paid:
        return "partially_paid"
    return str(_STATUSES.get(bill.status, bill.status))


def list_item(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show an invoice as a list does: without currency, party uid and type."""
    return _F.item(claim, **_computed(claim.invoice, now))


def detail(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show an invoice alone: without contract and blueprint, with its lines and more."""
    bill = claim.invoice
    orders = {"purchase_order": bill.purchase_order, "sales_order": bill.order_number}
    return _F.detail(
        claim,
        **_computed(bill, now),
        age=(now - bill.issued).days if bill.issued else None,
        line_items=_lines(claim),
        invoice_fields=[
            {"key": key, "value": {"type": "str", "original_type": "string", "value": value}}
            for key, value in orders.items()
            if value is not None
        ],
    )


def _computed(bill: Invoice, now: datetime) -> dict[str, Any]:
    """What both show; ``total`` has no documented unit, here it is whole major units."""
    late = bill.due if bill.status in ("overdue", "processing") else None
    return {
        "total": bill.total // 10 ** EXPONENTS[bill.currency],
        "pre_payment_credit_notes_cents": bill.total - bill.amount_due,
        "overdue_days": max(0, (now - late).days) if late else 0,
        "status": _status(bill),
    }


def _lines(claim: Claim) -> list[dict[str, Any]]:
    """Show what was sold, and each discount as a line of its own below it."""
    lines = []
    for line in claim.invoice.lines:
        less = {"quantity": 1, "unit": -line.discount, "total": -line.discount}
        discount = line.but(name=f"Discount on {line.name}", **less)
        lines.append(_line(claim, f"{line.number}", "PRODUCT", line))
        if line.discount:
            lines.append(_line(claim, f"{line.number}/discount", "DISCOUNT", discount))
    return lines


def _line(claim: Claim, place: str, context: str, line: Record) -> dict[str, Any]:
    shown = line.but(claim=claim, key=f"{claim.uid}/{place}", context_type=context)
    return _F.line(shown, context_type_uid=uid(context, line.name))


def timeline(claim: Claim) -> dict[str, Any]:
    """Show the outreach timeline of an invoice, the newest email first; no age is in it."""
    return {
        "invoice": _F.header(claim, status=_status(claim.invoice)),
        "emails": [_F.note(note) for note in claim.notes],
        "bouncing_recipient_emails": claim.bounced_addresses,
    }


def draft(note: Record, claim: Claim) -> dict[str, Any]:
    """Show an email that has not gone out."""
    paragraphs = (escape(part, quote=False) for part in note.body.split("\n\n"))
    html = "".join(f"<p>{part}</p>" for part in paragraphs)
    return _F.draft(note, body_html=html, context_id=claim.uid, status=note.status.lower())


def conversation(talk: Record) -> dict[str, Any]:
    """Show a conversation as a list does: the customer, no invoice, and how it began."""
    count = len(talk.received) + len(talk.answers)
    return _F.conversation(talk, organization_uid=ORGANIZATION, message_count=count)


def lone_conversation(talk: Record) -> dict[str, Any]:
    """Show a conversation with its messages, the oldest first."""
    messages = [_message(talk, email.id, email, email.plain, email.body) for email in talk.received]
    for note in talk.answers:
        html = f"<p>{escape(note.body, quote=False)}</p>"
        messages.append(_message(talk, note.uid, note, note.body, html))
    messages.sort(key=lambda message: (message["sent_at"], message["uid"]))
    return conversation(talk) | {"messages": messages}


def _message(talk: Record, name: str, email: Record, text: str, html: str) -> dict[str, Any]:
    """Show an email of the customer, or one of ours, and nothing says which of a timeline's."""
    by, key = email.initiator, f"{talk.uid}/{name}"
    sender = by.name or COMPANY if by else name_of(email.sender, talk)
    message = Record(talk=talk, name=name, key=key, email=email, by=by, text=text, html=html)
    message.short_id, message.snippet = short("message", name), text[:SNIPPET]
    message.attachment_count = len(email.attachments or ())
    kind = by.type.lower() if by else "party"
    return _F.message(
        message, sender_type=kind, **{"from": {"email": email.sender, "name": sender}}
    )


def keys(token: str, company: Company) -> list[dict[str, Any]]:
    """Show the key that was used to ask, and two that open nothing any more."""
    written = [note.created for one in company.claims.values() for note in one.notes]
    own, *others = (
        Record(uid=uid("key", told["name"]), **told) for told in read_toml("exante_keys")["keys"]
    )
    own.ending, own.used = token[-4:], max(written, default=None)
    user = uid("user", TEAM[0].id)
    return [_F.key(row, user_uid=user, organization_uid=ORGANIZATION) for row in (own, *others)]


@lru_cache(maxsize=4)
def conversations(company: Company) -> dict[str, Record]:
    """Gather the conversations by uid, the newest first."""
    threads: dict[str, Record] = {}
    about: list[tuple[Claim, list[Record]]] = []
    for claim in company.claims.values():
        own = {}
        for email in claim.invoice.emails:
            # What has no time yet has not arrived.
            if email.direction == "inbound" and email.sent is not None:
                new = Record(thread_id=email.thread_id, received={}, claims=[], answers=[])
                own[email.thread_id] = talk = threads.setdefault(email.thread_id, new)
                talk.received[email.id] = email
        for talk in own.values():
            talk.claims.append(claim)
        about.append((claim, [*own.values()]))
    for talk in threads.values():
        talk.received = sorted(talk.received.values(), key=lambda email: (email.sent, email.id))
        talk.opening = talk.received[0]
    for claim, talks in about:
        for note in claim.notes:
            # It is in the thread that was opened last before it, if there is one.
            before = [one for one in talks if note.sent and one.opening.sent < note.sent]
            if before:
                max(before, key=lambda one: one.opening.sent).answers.append(note)
    made = sorted(map(_told, threads.values()), key=lambda one: (one.updated, one.uid))
    return {one.uid: one for one in reversed(made)}


def _told(talk: Record) -> Record:
    """A thread with all that is shown of it."""
    ends = [claim.invoice.settled for claim in talk.claims if claim.invoice.settled is not None]
    # It is over with the last of its invoices.
    closed = len(ends) == len(talk.claims)
    moments = [one.sent for one in (*talk.received, *talk.answers)]
    updated = max(moments + (ends if closed else []))
    writers = [note.initiator for note in talk.answers]
    told = talk.but(
        uid=uid("conversation", talk.thread_id),
        customer=talk.claims[0].customer,
        party_uid=talk.claims[0].client_uid,
        opening_id=short("message", talk.opening.id),
        short_thread=short("thread", talk.thread_id),
        attachment_count=len(talk.opening.attachments),
        agent_uid=next((one.uid for one in writers if one.type == "AGENT"), None),
        # Only ``draft`` is a word of the reference's.
        status="closed" if closed else "sent" if talk.answers else "draft",
        # Whether somebody of the team has seen it; most have been.
        is_read=bool(talk.answers) or closed,
        updated=updated,
        history_id=str(crc32(stamp(updated).encode())),
        categories=["dispute"] if any(one.invoice.in_dispute for one in talk.claims) else [],
    )
    told.from_name = name_of(talk.opening.sender, told)
    return told


def short(kind: str, name: str) -> str:
    """Make an id in the mail provider's form."""
    return uid(kind, name).replace("-", "")[:16]


def name_of(address: str, talk: Record) -> str | None:
    """Who of the customer's people has an address."""
    return {person.email: person.name for person in talk.customer.contacts}.get(address)
