"""Exante's forms: an invoice, thin and full, its outreach timeline, drafts, conversations, keys.

Fields follow the Exante API reference: List Invoices, Get Invoice, Get Outreach Timeline, List
Drafts, List Conversations, Get Conversation, List API Keys. Money is JSON integers in minor
units of the invoice's currency, whatever their names say; times are ISO 8601 with ``Z``.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from types import SimpleNamespace
from typing import Any
from zlib import crc32

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.money import EXPONENTS
from duetrail_sandbox.company.people import COMPANY, TEAM, Address
from duetrail_sandbox.company.touches import Email
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.exante.conversations import Conversation
from duetrail_sandbox.forms import Form, thinned

__all__ = [
    "ORGANIZATION",
    "conversation",
    "detail",
    "draft",
    "keys",
    "list_item",
    "lone_conversation",
    "timeline",
]

ORGANIZATION = uid("organization", 1)
_SNIPPET = 80

# Words of our own ledger that mean the same there under another name.
_STATUSES = {"open": "sent", "processing": "sent", "uncollectible": "cancelled"}
_KEY = Form("""
    name key_snippet~ex_live_...{0.ending} scopes last_used_at=used expires_at=expires
    revoked_at=revoked created_at=created
""")
# The only scope that the reference shows; a key without scopes may do everything.
_NO_KEY: dict[str, Any] = dict.fromkeys(("used", "expires", "revoked"))
_NO_KEY["scopes"] = ["invoices:read"]
_OWN_KEY = {"name": "Duetrail", "created": "2026-05-04T09:00:00Z"}
_TRIAL_KEY = {
    "name": "Trial",
    "ending": "9f3c",
    "created": "2025-09-01T08:30:00Z",
    "expires": "2025-12-01T08:30:00Z",
}
_REPORTS_KEY = {
    "name": "Reports",
    "ending": "07ab",
    "created": "2025-11-12T14:05:00Z",
    "revoked": "2026-02-20T10:00:00Z",
}

_INVOICE = Form("""
    invoice_number=number subtotal_cents=subtotal discount_cents=discount tax_cents=tax
    total_cents=total amount_due_cents=amount_due amount_paid_cents=paid
    amount_remaining_cents=remaining issue_date=issued due_date=due paid_date=paid_at
""")
_HEADER = Form("""
    invoice_number=number counterparty_name=customer.name amount_due_cents=amount_due currency
    issue_date=issued due_date=due paid_date=paid_at
""")
_LINE = Form("quantity unit_price=unit line_total=total")
_CONTACT = Form("name title=job email phone")
_NOTE = Form("""
    uid from_email=sender to_emails=to cc_emails=cc subject body_text=body status
    delivery_status=delivery bounce_details is_bounced=bounced
    bouncing_recipient_emails=bounced_addresses error_message=error sent_at=sent
    planned_send_at=planned created_at=created
""")
_INITIATOR = Form("type uid name")
_BOUNCE = Form("source detected_at=detected recipient_emails=recipients")
_DRAFT = Form("""
    uid from_email=sender subject body_text=body context_type:"invoice" created_at=created
    updated_at=created
""")
_CONVERSATION = Form("""
    uid channel:"email" direction:"inbound" status is_read party_uid created_by_uid:null
    parent_conversation_uid:null updated_on=updated
""")


def _status(bill: Invoice) -> str:
    """Say in Exante's words how an invoice stands."""
    if bill.status == "overdue" and bill.in_dispute:
        return "disputed"
    if bill.status in ("open", "overdue") and bill.paid:
        return "partially_paid"
    return _STATUSES.get(bill.status, bill.status)


def list_item(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show an invoice as a list does: without currency, party uid and type."""
    bill = claim.invoice
    contract = {
        "filename": f"Supply agreement {bill.customer.remote_id}.pdf",
        "uid": uid("contract", bill.customer.id),
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
    template = uid("blueprint", bill.customer.id) if bill.index % 6 == 0 else None
    more = {
        "currency": bill.currency,
        "invoice_type": "ACCOUNTS_RECEIVABLE",
        "invoice_link": f"https://exante.example.com/invoices/{claim.uid}",
        "invoice_blueprint_uid": template,
        "target_party_uid": claim.client_uid,
        "age": (now - bill.issued).days if bill.issued else None,
        "has_comments": bill.note is not None,
        "line_items": _lines(claim),
        "invoice_fields": _custom_fields(bill),
    }
    return thinned(_common(claim, now) | more, claim.uid)


def _common(claim: Claim, now: datetime) -> dict[str, Any]:
    """What both forms show; ``total`` has no documented unit, here it is whole major units."""
    bill = claim.invoice
    by_card = bill.customer.index % 7 == 0
    late = bill.due if bill.status in ("overdue", "processing") else None
    return _INVOICE(
        bill,
        uid=claim.uid,
        total=bill.total // 10 ** EXPONENTS[bill.currency],
        pre_payment_credit_notes_cents=bill.total - bill.amount_due,
        overdue_days=max(0, (now - late).days) if late else 0,
        document_uid=uid("document", bill.id) if bill.issued else None,
        status=_status(bill),
        collection_method="charge_automatically" if by_card else "send_invoice",
        parties={"client": _client(claim)},
    )


def _client(claim: Claim) -> dict[str, Any]:
    owner = claim.invoice.customer
    person = owner.contact
    return {
        "uid": claim.client_uid,
        "name": owner.name,
        "address": _address(owner.address),
        "role": "CLIENT",
        "billing_contact": _CONTACT(
            person, uid=uid("contact", person.id), party_uid=claim.client_uid
        ),
    }


def _address(place: Address) -> str:
    parts = (place.line1, place.line2, place.postal_code, place.city, place.state, place.country)
    return ", ".join(part for part in parts if part)


def _lines(claim: Claim) -> list[dict[str, Any]]:
    """Show what was sold, and each discount as a line of its own below it."""
    lines = []
    for line in claim.invoice.lines:
        sold = _LINE(line, context_type="PRODUCT", context_name=line.name)
        lines.append(_line(claim, f"{line.number}", sold))
        if line.discount:
            name, less = f"Discount on {line.name}", -line.discount
            facts: dict[str, Any] = {"quantity": 1, "unit_price": less, "line_total": less}
            facts |= {"context_type": "DISCOUNT", "context_name": name}
            lines.append(_line(claim, f"{line.number}/discount", facts))
    return lines


def _line(claim: Claim, place: str, facts: dict[str, Any]) -> dict[str, Any]:
    return facts | {
        "uid": uid("line", claim.uid, place),
        "invoice_uid": claim.uid,
        "context_type_uid": uid(facts["context_type"], facts["context_name"]),
        "currency": claim.invoice.currency,
    }


def _custom_fields(bill: Invoice) -> list[dict[str, Any]]:
    known = {"purchase_order": bill.purchase_order, "sales_order": bill.order_number}
    return [
        {"key": key, "value": {"type": "str", "original_type": "string", "value": value}}
        for key, value in known.items()
        if value is not None
    ]


def timeline(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show the outreach timeline of an invoice, the newest email first; no age is in it."""
    bill = claim.invoice
    header = _HEADER(bill, uid=claim.uid, target_party_uid=claim.client_uid, status=_status(bill))
    found = claim.bounced_addresses
    return {
        "invoice": thinned(header, f"{claim.uid}.header"),
        "emails": [_note(note) for note in claim.notes],
        "bouncing_recipient_emails": None if found is None else list(found),
    }


def _note(note: Note) -> dict[str, Any]:
    """Show an email; it names no invoice, and its initiator may lack a name."""
    bounce = _BOUNCE(note.bounce) if note.bounce else None
    return thinned(
        _NOTE(note, initiator=_INITIATOR(note.initiator), bounce_callout=bounce), note.uid
    )


def draft(note: Note, claim: Claim) -> dict[str, Any]:
    """Show an email that has not gone out: under its uid, with other names than in a timeline.

    Where nobody is named yet the lists are empty, not null.
    """
    paragraphs = (escape(part, quote=False) for part in note.body.split("\n\n"))
    fields = _DRAFT(
        note,
        from_account_id=uid("account", note.sender),
        to=note.to or (),
        cc=note.cc or (),
        bcc=[] if note.initiator.type == "USER" else ["archive@example.com"],
        body_html="".join(f"<p>{part}</p>" for part in paragraphs),
        context_id=claim.uid,
        status=note.status.lower(),
    )
    # The reference's example has this one as null, so it is never left out.
    planned = stamp(note.planned) if note.planned else None
    return thinned(fields, f"{note.uid}.draft") | {"planned_send_at": planned}


def conversation(talk: Conversation) -> dict[str, Any]:
    """Show a conversation as a list does: the customer, no invoice, and how it began."""
    when, email = talk.received[0]
    writers = [note.initiator for _, note in talk.answers]
    metadata = {
        "from_email": email.sender,
        "from_name": _name(email.sender, talk),
        "to_emails": list(email.to),
        "cc_emails": list(email.cc),
        "snippet": email.plain[:_SNIPPET],
        "labels": ["INBOX"] if talk.is_read else ["INBOX", "UNREAD"],
        "provider_message_id": _short("message", email.id),
        "thread_id": _short("thread", talk.thread_id),
        "has_attachments": bool(email.attachments),
        "attachment_count": len(email.attachments),
        "history_id": str(crc32(stamp(talk.updated).encode())),
    }
    fields = _CONVERSATION(
        talk,
        organization_uid=ORGANIZATION,
        subject=email.subject,
        categories=_categories(talk),
        sent_at=when,
        has_reply=bool(talk.answers),
        message_count=len(talk.received) + len(talk.answers),
        metadata=thinned(metadata, f"{talk.uid}.metadata"),
        agent_uid=next((who.uid for who in writers if who.type == "AGENT"), None),
        created_on=when,
    )
    return thinned(fields, talk.uid)


def lone_conversation(talk: Conversation) -> dict[str, Any]:
    """Show a conversation with its messages, the oldest first."""
    messages = [(when, _inbound(email, when, talk)) for when, email in talk.received]
    messages += [(when, _outbound(note, when, talk)) for when, note in talk.answers]
    messages.sort(key=lambda pair: (pair[0], pair[1]["uid"]))
    return conversation(talk) | {"messages": [message for _, message in messages]}


def _categories(talk: Conversation) -> list[str]:
    return ["dispute"] if any(claim.invoice.in_dispute for claim in talk.claims) else []


def _short(kind: str, name: str) -> str:
    """Make an id in the mail provider's form."""
    return uid(kind, name).replace("-", "")[:16]


def _name(address: str, talk: Conversation) -> str | None:
    people = talk.claims[0].invoice.customer.contacts
    return {person.email: person.name for person in people}.get(address)


def _inbound(email: Email, when: datetime, talk: Conversation) -> dict[str, Any]:
    facts = {
        "sender_type": "party",
        "sender_uid": talk.party_uid,
        "from": {"email": email.sender, "name": _name(email.sender, talk)},
        "direction": "inbound",
        "labels": ["INBOX"],
        "is_read": talk.is_read,
        "attachment_count": len(email.attachments),
    }
    return _message(talk, email.id, when, email, (email.plain, email.body), facts)


def _outbound(note: Note, when: datetime, talk: Conversation) -> dict[str, Any]:
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
    return _message(talk, note.uid, when, note, (note.body, html), facts)


def _message(
    talk: Conversation,
    key: str,
    when: datetime,
    email: Email | Note,
    texts: tuple[str, str],
    facts: dict[str, Any],
) -> dict[str, Any]:
    text, html = texts
    fields = facts | {
        "uid": uid("message", talk.uid, key),
        "conversation_uid": talk.uid,
        "message_direction": facts["direction"],
        "provider_message_id": _short("message", key),
        "has_attachments": facts["attachment_count"] > 0,
        "to": list(email.to or ()),
        "cc": list(email.cc or ()),
        "subject": email.subject,
        "snippet": text[:_SNIPPET],
        "body_text": text,
        "body_html": html,
        "party_id": talk.party_uid,
        "content": text,
        "content_type": "text/plain",
        "categories": _categories(talk),
        "metadata": {"thread_id": _short("thread", talk.thread_id)},
    }
    fields |= dict.fromkeys(("sent_at", "created_on"), stamp(when))
    return thinned(fields, f"{talk.uid}.{key}")


def keys(token: str, company: Company) -> list[dict[str, Any]]:
    """Show the key that was used to ask, and two that open nothing any more.

    A key is shown in full once, when it is made, and afterwards as its beginning and its end.
    """
    written = [note.created for claim in company.claims.values() for note in claim.notes]
    own: dict[str, Any] = {"ending": token[-4:], "scopes": [], "used": max(written, default=None)}
    rows = [_OWN_KEY | own, _TRIAL_KEY, _REPORTS_KEY]
    return [_key(SimpleNamespace(**_NO_KEY | row)) for row in rows]


def _key(row: SimpleNamespace) -> dict[str, Any]:
    name = uid("key", row.name)
    user = uid("user", TEAM[0].id)
    more = {"user_uid": user, "organization_uid": ORGANIZATION}
    return thinned(_KEY(row, uid=name, updated_at=row.revoked or row.created, **more), name)
