"""Stuut's forms of an invoice and what is embedded in it: calls, emails, payments, lines.

Fields follow the Stuut API reference, List Invoices. Money is JSON integers in minor units.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Allocation, Invoice, Line, Payment
from duetrail_sandbox.rendering import Shelf, listed, moment, spliced, thinned
from duetrail_sandbox.stuut.integration import LINKED_INTEGRATION
from duetrail_sandbox.stuut.outreach import call, email
from duetrail_sandbox.stuut.parties import SYNCED, address, partner, user

__all__ = ["allocation", "invoice", "payment_fields"]


def invoice(bill: Invoice, shelf: Shelf) -> str:
    """Write a full invoice as JSON text; list and retrieve show the same."""
    owner = bill.customer
    parts = {
        "partner": shelf.get(f"partner/{owner.id}", lambda: partner(owner, on_call=False)),
        "calls": listed(
            [shelf.get(f"call/{one.id}", partial(call, one, shelf)) for one in bill.calls]
        ),
        "emails": listed(
            [shelf.get(f"email/{one.id}", partial(email, one)) for one in bill.emails]
        ),
    }
    if bill.index % 23:
        parts["linked_integration"] = LINKED_INTEGRATION
    fields = _identity(bill) | _sums(bill) | _dates(bill) | _state(bill) | _erp(bill)
    return spliced(thinned(fields, bill.id), **parts)


def _identity(bill: Invoice) -> dict[str, Any]:
    owner = bill.customer
    return {
        "object": "invoice",
        "remote_id": bill.remote_id,
        "id": bill.id,
        "number": bill.number,
        "order_number": bill.order_number,
        "purchase_order_number": bill.purchase_order,
        "type": bill.kind,
        "partner_id": owner.id,
        "remote_partner_id": owner.remote_id,
        "assignee": user(owner.assignee) if bill.index % 3 else None,
        "billing_address": address(owner.address, owner, "billing"),
        "billing_address_id": 9000 + owner.index,
        "billing_email": owner.contacts[0].email,
        "shipping_address": address(owner.address, owner, "shipping"),
        "shipping_address_id": 9000 + owner.index,
        "memo": bill.memo,
        "private_note": bill.note,
    }


def _sums(bill: Invoice) -> dict[str, Any]:
    return {
        "amount_due": bill.amount_due,
        "currency": bill.currency,
        "total_amount": bill.total,
        # Nothing paid is shown as 0, as null or not at all.
        "amount_paid": bill.paid if bill.paid or bill.index % 2 else None,
        "subtotal": bill.subtotal,
        "total_discount": bill.discount,
        "total_tax": bill.tax,
        "line_items": [_line(line, bill) for line in bill.lines],
        "requires_line_item_sync": not bill.lines_complete,
        "payments": [allocation(share, bill) for share in bill.allocations],
    }


def _dates(bill: Invoice) -> dict[str, Any]:
    outreach = bill.outreach
    begin, end = _period(bill)
    return {
        "created_at": stamp(bill.created),
        "modified_at": stamp(bill.modified),
        "issued_at": moment(bill.issued),
        "due_date": moment(bill.due),
        "paid_at": moment(bill.paid_at),
        "voided_at": moment(bill.voided_at),
        "marked_uncollectible_at": moment(bill.written_off_at),
        "promised_to_pay_date": bill.promised_on.isoformat() if bill.promised_on else None,
        "period_start_date": moment(begin),
        "period_end_date": moment(end),
        "last_outreach_at": moment(outreach[0]) if outreach else None,
        "last_outreach_channel": outreach[1] if outreach else None,
        "last_outreach_to": outreach[2] if outreach else None,
    }


def _period(bill: Invoice) -> tuple[datetime | None, datetime | None]:
    """The time served, for every fourth invoice: the thirty days before it was written."""
    if bill.index % 4:
        return None, None
    end = bill.created.replace(hour=0, minute=0)
    return end - timedelta(days=30), end


def _state(bill: Invoice) -> dict[str, Any]:
    return {
        "status": bill.status,
        "in_dispute": bill.in_dispute,
        "is_issued_email_sent": bill.issued is not None,
        "remote_status": bill.status.upper() if bill.index % 5 else None,
        "remote_payment_status": "processing" if bill.status == "processing" else None,
        "sync_status": "partial" if not bill.lines_complete else "synced",
        "pdf": None,
        "pdf_id": f"pdf_{bill.index:06d}" if bill.issued else None,
    }


def _erp(bill: Invoice) -> dict[str, Any]:
    return {
        "last_synced_at": SYNCED,
        "remote_created_at": stamp(bill.created),
        "remote_modified_at": stamp(bill.modified),
        "remote_invoice_pdf": f"https://erp.example.com/pdf/{bill.remote_id}"
        if bill.issued
        else None,
        "remote_payment_portal_url": f"https://pay.example.com/{bill.remote_id}"
        if bill.index % 2
        else None,
        "custom_fields": {"cost_center": 100 + bill.index % 7} if bill.index % 3 else None,
        "remote_metadata": {"batch": bill.index // 10, "source": "erp"},
    }


def _line(line: Line, bill: Invoice) -> dict[str, Any]:
    """Show a line; it has no id."""
    created = stamp(bill.created)
    begin, end = _period(bill)
    fields: dict[str, Any] = {
        "invoice_id": bill.id,
        "object": "line_item",
        "remote_id": line.remote_id,
        "created_at": created,
        "currency": bill.currency,
        "custom_fields": None,
        "description": None,
        "line_number": line.number,
        "modified_at": created,
        "name": line.name,
        "period_end_date": moment(end),
        "period_start_date": moment(begin),
        "product_type": "service" if line.quantity != int(line.quantity) else "good",
        "quantity": line.quantity,
        "remote_created_at": created,
        "remote_metadata": {},
        "remote_modified_at": created,
        "total_amount": line.total,
        "total_discount": line.discount,
        "total_tax": line.tax,
        "unit_amount": line.unit,
    }
    return thinned(fields, line.remote_id)


def allocation(share: Allocation, bill: Invoice) -> dict[str, Any]:
    """Show the share of a payment that goes to this invoice, with the payment inside."""
    fields: dict[str, Any] = {
        "amount": share.amount,
        "invoice_id": bill.id,
        "object": "payment_allocation",
        "payment_id": share.payment.id,
        "strategy": share.strategy,
        "id": share.id,
        "agent_confidence_reason": "The amount and the reference match.",
        "agent_confidence_score": 0.97 if share.approved else 0.5,
        "agent_error_code": None,
        "agent_uncertainties": [] if share.approved else ["The reference is incomplete."],
        "approved": share.approved,
        "approved_at": stamp(share.created) if share.approved else None,
        "approver_id": share.approver.id if share.approver else None,
        "created_at": stamp(share.created),
        "modified_at": stamp(share.created),
        "payment": thinned(payment_fields(share.payment), share.payment.id),
        "remote_id": None,
    }
    return thinned(fields, share.id)


def payment_fields(payment: Payment) -> dict[str, Any]:
    """The fields of a whole payment, however many invoices it covers, before thinning."""
    time = stamp(payment.time)
    matched = payment.status == "matched"
    return {
        "id": payment.id,
        "agent_confidence_reason": None,
        "agent_confidence_score": None,
        "agent_error_code": None,
        "agent_uncertainties": [],
        "amount": payment.amount,
        "amount_refunded": payment.refunded,
        "bank_transaction_id": f"btx_{payment.id[4:]}",
        "billing_email": payment.payer,
        "created_at": time,
        "currency": payment.currency,
        "currency_rate": 1,
        "custom_fields": None,
        "description": None,
        "expected_at": None,
        "finix_transfer_id": None,
        "initiated_at": time,
        "last_exported_at": None,
        "last_synced_at": SYNCED,
        "linked_integration_id": "lin_0001",
        "modified_at": time,
        "object": "payment",
        "partner_id": payment.customer_id,
        "payment_method": payment.method,
        "receipt_url": None,
        "reference_number": payment.reference,
        "remittance_id": None,
        "remote_created_at": time,
        "remote_id": payment.remote_id,
        "remote_metadata": {},
        "remote_modified_at": time,
        "statement_descriptor": "NORTHLIGHT",
        "status": payment.status,
        "stripe_session_id": None,
        "sync_status": "synced",
        "timestamp": time,
        "transaction_match_approved_at": time if matched else None,
        "transaction_match_approver_id": None,
    }
