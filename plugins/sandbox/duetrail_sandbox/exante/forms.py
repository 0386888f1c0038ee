"""Exante's forms of an invoice, thin and full, and of its outreach timeline.

Fields follow the Exante API reference: List Invoices, Get Invoice, Get Outreach Timeline.
Money is JSON integers in minor units of the invoice's currency, whatever their names say;
times are ISO 8601 with ``Z``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.money import EXPONENTS
from duetrail_sandbox.company.people import Address, Contact
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.rendering import moment, thinned

__all__ = ["detail", "list_item", "status", "timeline"]

# Words of our own ledger that mean the same there under another name.
_STATUSES = {"open": "sent", "processing": "sent", "uncollectible": "cancelled"}


def status(bill: Invoice) -> str:
    """Say in Exante's words how an invoice stands."""
    if bill.status == "overdue" and bill.in_dispute:
        return "disputed"
    if bill.status in ("open", "overdue") and bill.paid:
        return "partially_paid"
    return _STATUSES.get(bill.status, bill.status)


def list_item(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show an invoice as a list does: without currency, party uid and type."""
    template = claim.invoice.index % 6 == 0
    fields = {
        **_common(claim, now),
        "blueprint": {"is_active": True} if template else None,
        "parent_contract": _contract(claim.invoice) if claim.invoice.index % 4 == 0 else None,
    }
    return thinned(fields, f"{claim.uid}.item")


def detail(claim: Claim, now: datetime) -> dict[str, Any]:
    """Show an invoice alone: without contract and blueprint, with its lines and more."""
    bill = claim.invoice
    template = bill.index % 6 == 0
    more = {
        "currency": bill.currency,
        "invoice_type": "ACCOUNTS_RECEIVABLE",
        "invoice_link": f"https://exante.example.com/invoices/{claim.uid}",
        "invoice_blueprint_uid": uid("blueprint", bill.customer.id) if template else None,
        "target_party_uid": claim.client_uid,
        "age": (now - bill.issued).days if bill.issued else None,
        "has_comments": bill.note is not None,
        "line_items": _lines(claim),
        "invoice_fields": _custom_fields(bill),
    }
    return thinned(_common(claim, now) | more, claim.uid)


def _common(claim: Claim, now: datetime) -> dict[str, Any]:
    bill = claim.invoice
    by_card = bill.customer.index % 7 == 0
    return {
        "uid": claim.uid,
        "invoice_number": bill.number,
        **_sums(bill),
        "overdue_days": _overdue_days(bill, now),
        "issue_date": moment(bill.issued),
        "due_date": moment(bill.due),
        "paid_date": moment(bill.paid_at),
        "document_uid": uid("document", bill.id) if bill.issued else None,
        "status": status(bill),
        "collection_method": "charge_automatically" if by_card else "send_invoice",
        "parties": {"client": _client(claim)},
    }


def _sums(bill: Invoice) -> dict[str, int]:
    """``total`` has no documented unit; here it is the total in whole major units."""
    return {
        "subtotal_cents": bill.subtotal,
        "discount_cents": bill.discount,
        "tax_cents": bill.tax,
        "total": bill.total // 10 ** EXPONENTS[bill.currency],
        "total_cents": bill.total,
        "pre_payment_credit_notes_cents": bill.total - bill.amount_due,
        "amount_due_cents": bill.amount_due,
        "amount_paid_cents": bill.paid,
        "amount_remaining_cents": bill.remaining,
    }


def _overdue_days(bill: Invoice, now: datetime) -> int:
    late = bill.due is not None and bill.status in ("overdue", "processing")
    return max(0, (now - bill.due).days) if late and bill.due else 0


def _contract(bill: Invoice) -> dict[str, Any]:
    return {
        "filename": f"Supply agreement {bill.customer.remote_id}.pdf",
        "uid": uid("contract", bill.customer.id),
        "is_archived": False,
    }


def _client(claim: Claim) -> dict[str, Any]:
    owner = claim.invoice.customer
    return {
        "uid": claim.client_uid,
        "name": owner.name,
        "address": _address(owner.address),
        "role": "CLIENT",
        "billing_contact": _contact(owner.contacts[0], claim.client_uid),
    }


def _address(place: Address) -> str:
    parts = (place.line1, place.line2, place.postal_code, place.city, place.state, place.country)
    return ", ".join(part for part in parts if part)


def _contact(person: Contact, party_uid: str) -> dict[str, Any]:
    return {
        "uid": uid("contact", person.id),
        "party_uid": party_uid,
        "name": f"{person.given} {person.family}",
        "title": person.job,
        "email": person.email,
        "phone": person.phone,
    }


def _lines(claim: Claim) -> list[dict[str, Any]]:
    """Show what was sold, and each discount as a line of its own below it."""
    bill = claim.invoice
    lines = []
    for line in bill.lines:
        sold = ("PRODUCT", line.name, line.quantity, line.unit, line.total)
        lines.append(_line(claim, f"{line.number}", *sold))
        if line.discount:
            less = ("DISCOUNT", f"Discount on {line.name}", 1, -line.discount, -line.discount)
            lines.append(_line(claim, f"{line.number}/discount", *less))
    return lines


def _line(
    claim: Claim, place: str, kind: str, name: str, quantity: float, unit: int, total: int
) -> dict[str, Any]:
    return {
        "uid": uid("line", claim.uid, place),
        "invoice_uid": claim.uid,
        "context_type_uid": uid(kind, name),
        "context_type": kind,
        "context_name": name,
        "currency": claim.invoice.currency,
        "quantity": quantity,
        "unit_price": unit,
        "line_total": total,
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
    header = {
        "uid": claim.uid,
        "invoice_number": bill.number,
        "target_party_uid": claim.client_uid,
        "counterparty_name": bill.customer.name,
        "amount_due_cents": bill.amount_due,
        "currency": bill.currency,
        "status": status(bill),
        "issue_date": moment(bill.issued),
        "due_date": moment(bill.due),
        "paid_date": moment(bill.paid_at),
    }
    return {
        "invoice": thinned(header, f"{claim.uid}.header"),
        "emails": [_email(note) for note in claim.notes],
        "bouncing_recipient_emails": _addresses(claim.bounced_addresses),
    }


def _addresses(found: tuple[str, ...] | None) -> list[str] | None:
    return None if found is None else list(found)


def _email(note: Note) -> dict[str, Any]:
    """Show an email; it names no invoice, and its initiator may lack a name."""
    who = note.initiator
    fields = {
        "uid": note.uid,
        "initiator": {"type": who.type, "uid": who.uid, "name": who.name},
        "from_email": note.sender,
        "to_emails": _addresses(note.to),
        "cc_emails": _addresses(note.cc),
        "subject": note.subject,
        "body_text": note.body,
        "status": note.status,
        "delivery_status": note.delivery,
        "bounce_details": note.bounce_details,
        "is_bounced": note.bounced,
        "bounce_callout": _bounce(note),
        "bouncing_recipient_emails": _addresses(note.bounced_addresses),
        "error_message": note.error,
        "sent_at": moment(note.sent),
        "planned_send_at": moment(note.planned),
        "created_at": stamp(note.created),
    }
    return thinned(fields, note.uid)


def _bounce(note: Note) -> dict[str, Any] | None:
    if note.bounce is None:
        return None
    return {
        "source": note.bounce.source,
        "detected_at": note.bounce.detected,
        "recipient_emails": list(note.bounce.recipients),
    }
