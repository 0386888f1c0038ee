"""Stuut's short form of an invoice, where a call or a remittance names the invoices it is about.

The reference cuts this form off. Here it has the required fields of an invoice and the plain
ones that the invoice summary of the second API generation has too, with the first's money.
"""

from __future__ import annotations

from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.rendering import moment, thinned

__all__ = ["short_invoice"]


def short_invoice(bill: Invoice) -> dict[str, Any]:
    """Show an invoice without anything nested; what it says is what the full form says."""
    fields: dict[str, Any] = {
        "amount_due": bill.amount_due,
        "currency": bill.currency,
        "object": "invoice",
        "remote_id": bill.remote_id,
        "total_amount": bill.total,
        "id": bill.id,
        "amount_paid": bill.paid if bill.paid or bill.index % 2 else None,
        "created_at": stamp(bill.created),
        "due_date": moment(bill.due),
        "issued_at": moment(bill.issued),
        "modified_at": stamp(bill.modified),
        "number": bill.number,
        "order_number": bill.order_number,
        "paid_at": moment(bill.paid_at),
        "partner_id": bill.customer.id,
        "purchase_order_number": bill.purchase_order,
        "status": bill.status,
        "type": bill.kind,
    }
    return thinned(fields, bill.id)
