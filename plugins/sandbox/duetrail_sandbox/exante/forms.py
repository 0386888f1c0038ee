"""How Exante shows an invoice, thin and full, its timeline, drafts, conversations, keys."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any
from zlib import crc32

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.correspondence import Claim
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import COMPANY, TEAM
from duetrail_sandbox.company.records import EXPONENTS, Record, uid
from duetrail_sandbox.company.touches import Email
from duetrail_sandbox.forms import Forms, thinned

ORGANIZATION = uid("organization", 1)
_F = Forms("exante")
_SNIPPET = 80
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
    bill, owner = claim.invoice, claim.customer
    contract = {
        "filename": f"Supply agreement {owner.remote_id}.pdf",
        "uid": uid("contract", owner.id),
        "is_archived": False,
    }
    more = {
        "blueprint": {"is_active": True} if bill.index % 6 == 0 else None,
        "parent_contract": contract if bill.index % 4 == 0 else None,
    }
    return thinned(_common(claim, now) | more, f"{claim.uid}.item")


def detail(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show an invoice alone: without contract and blueprint, with its lines and more."""
    bill = claim.invoice
    template = uid("blueprint", claim.customer.id) if bill.index % 6 == 0 else None
    orders = {"purchase_order": bill.purchase_order, "sales_order": bill.order_number}
    more = _F.detail(
        claim,
        invoice_blueprint_uid=template,
        age=(now - bill.issued).days if bill.issued else None,
        has_comments=bill.note is not None,
        line_items=_lines(claim),
        invoice_fields=[
            {"key": key, "value": {"type": "str", "original_type": "string", "value": value}}
            for key, value in orders.items()
            if value is not None
        ],
    )
    return thinned(_common(claim, now) | more, claim.uid)


def _common(claim: Claim, now: datetime) -> dict[str, Any]:
    bill, owner = claim.invoice, claim.customer
    late = bill.due if bill.status in ("overdue", "processing") else None
    fields = _F.invoice(
        claim,
        total=bill.total // 10 ** EXPONENTS[bill.currency],
        pre_payment_credit_notes_cents=bill.total - bill.amount_due,
        overdue_days=max(0, (now - late).days) if late else 0,
        document_uid=uid("document", bill.id) if bill.issued else None,
        status=_status(bill),
        parties={"client": _client(claim)},
    )
    if owner.index % 7 == 0:
        fields["collection_method"] = "charge_automatically"
    return fields


def _client(claim: Claim) -> dict[str, Any]:
    place, person = claim.customer.address, claim.customer.contact
    parts = (place.line1, place.line2, place.postal_code, place.city, place.state, place.country)
    contact = _F.contact(person, uid=uid("contact", person.id), party_uid=claim.client_uid)
    return _F.client(claim, address=", ".join(filter(None, parts)), billing_contact=contact)


def _lines(claim: Claim) -> list[dict[str, Any]]:
    """Show what was sold, and each discount as a line of its own below it."""
    lines = []
    for line in claim.invoice.lines:
        lines.append(_line(claim, f"{line.number}", "PRODUCT", line))
        if line.discount:
            less = {"quantity": 1, "unit": -line.discount, "total": -line.discount}
            discount = Record(name=f"Discount on {line.name}", **less)
            lines.append(_line(claim, f"{line.number}/discount", "DISCOUNT", discount))
    return lines


def _line(claim: Claim, place: str, context: str, line: Record) -> dict[str, Any]:
    return _F.line(
        line,
        uid=uid("line", claim.uid, place),
        invoice_uid=claim.uid,
        context_type=context,
        context_name=line.name,
        context_type_uid=uid(context, line.name),
        currency=claim.invoice.currency,
    )


def timeline(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show the outreach timeline of an invoice, the newest email first; no age is in it."""
    return {
        "invoice": _F.header(claim, status=_status(claim.invoice)),
        "emails": [_F.note(note) for note in claim.notes],
        "bouncing_recipient_emails": claim.bounced_addresses,
    }


def draft(note: Record, claim: Claim) -> dict[str, Any]:
    """Show an email that has not gone out: under its uid, with other names than in a timeline.

    Where nobody is named yet the lists are empty, not null.
    """
    paragraphs = (escape(part, quote=False) for part in note.body.split("\n\n"))
    return _F.draft(
        note,
        from_account_id=uid("account", note.sender),
        to=note.to or [],
        cc=note.cc or [],
        bcc=[] if note.initiator.type == "USER" else ["archive@example.com"],
        body_html="".join(f"<p>{part}</p>" for part in paragraphs),
        context_id=claim.uid,
        status=note.status.lower(),
    )


def conversation(talk: Record) -> dict[str, Any]:
    """Show a conversation as a list does: the customer, no invoice, and how it began."""
    email: Email = talk.opening
    writers = [note.initiator for note in talk.answers]
    metadata = {
        "from_email": email.sender,
        "from_name": _name(email.sender, talk),
        "to_emails": email.to,
        "cc_emails": email.cc,
        "snippet": email.plain[:_SNIPPET],
        "labels": ["INBOX"] if talk.is_read else ["INBOX", "UNREAD"],
        "provider_message_id": _short("message", email.id),
        "thread_id": _short("thread", talk.thread_id),
        "has_attachments": bool(email.attachments),
        "attachment_count": len(email.attachments),
        "history_id": str(crc32(stamp(talk.updated).encode())),
    }
    return _F.conversation(
        talk,
        organization_uid=ORGANIZATION,
        has_reply=bool(talk.answers),
        message_count=len(talk.received) + len(talk.answers),
        metadata=thinned(metadata, f"{talk.uid}.metadata"),
        agent_uid=next((who.uid for who in writers if who.type == "AGENT"), None),
    )


def lone_conversation(talk: Record) -> dict[str, Any]:
    """Show a conversation with its messages, the oldest first."""
    messages = [_inbound(email, talk) for email in talk.received]
    messages += [_outbound(note, talk) for note in talk.answers]
    messages.sort(key=lambda message: (message["sent_at"], message["uid"]))
    return conversation(talk) | {"messages": messages}


def _short(kind: str, name: str) -> str:
    """Make an id in the mail provider's form."""
    return uid(kind, name).replace("-", "")[:16]


def _name(address: str, talk: Record) -> str | None:
    return {person.email: person.name for person in talk.customer.contacts}.get(address)


def _inbound(email: Email, talk: Record) -> dict[str, Any]:
    facts = {
        "sender_type": "party",
        "sender_uid": talk.party_uid,
        "from": {"email": email.sender, "name": _name(email.sender, talk)},
        "direction": "inbound",
        "labels": ["INBOX"],
        "is_read": talk.is_read,
        "attachment_count": len(email.attachments),
    }
    return _message(talk, email.id, email, (email.plain, email.body), facts)


def _outbound(note: Record, talk: Record) -> dict[str, Any]:
    """Show an email of ours; nothing here says which of a timeline's it is."""
    who = note.initiator
    facts = {
        "sender_type": who.type.lower(),
        "sender_uid": who.uid,
        "from": {"email": note.sender, "name": who.name or COMPANY},
        "direction": "outbound",
        "labels": ["SENT"],
        "is_read": True,
        "attachment_count": 0,
    }
    html = f"<p>{escape(note.body, quote=False)}</p>"
    return _message(talk, note.uid, note, (note.body, html), facts)


def _message(
    talk: Record, key: str, email: Record, texts: tuple[str, str], facts: dict[str, Any]
) -> dict[str, Any]:
    text, html = texts
    fields = _F.message(
        email,
        uid=uid("message", talk.uid, key),
        conversation_uid=talk.uid,
        message_direction=facts["direction"],
        provider_message_id=_short("message", key),
        has_attachments=facts["attachment_count"] > 0,
        to=email.to or [],
        cc=email.cc or [],
        snippet=text[:_SNIPPET],
        body_text=text,
        body_html=html,
        content=text,
        party_id=talk.party_uid,
        categories=talk.categories,
        metadata={"thread_id": _short("thread", talk.thread_id)},
    )
    return thinned(fields | facts, f"{talk.uid}.{key}")


def keys(token: str, company: Company) -> list[dict[str, Any]]:
    """Show the key that was used to ask, and two that open nothing any more.

    A key is shown in full once, when it is made, and afterwards as its beginning and its end. The
    only scope that the reference shows is that of the others; a key without may do everything.
    """
    written = [note.created for one in company.claims.values() for note in one.notes]
    rows = [
        _key("Duetrail", token[-4:], "2026-05-04T09:00:00Z", used=max(written, default=None)),
        _key("Trial", "9f3c", "2025-09-01T08:30:00Z", expires="2025-12-01T08:30:00Z"),
        _key("Reports", "07ab", "2025-11-12T14:05:00Z", revoked="2026-02-20T10:00:00Z"),
    ]
    rows[0].scopes = []
    return [_F.key(row) for row in rows]


def _key(name: str, ending: str, created: str, **facts: Any) -> Record:
    return Record(
        uid=uid("key", name),
        user_uid=uid("user", TEAM[0].id),
        organization_uid=ORGANIZATION,
        name=name,
        ending=ending,
        created=created,
        updated=facts.get("revoked", created),
        scopes=["invoices:read"],
        **dict.fromkeys(("used", "expires", "revoked")) | facts,
    )
