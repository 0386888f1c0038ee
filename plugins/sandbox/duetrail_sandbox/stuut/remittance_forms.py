"""Stuut's form of a remittance.

Fields follow the Stuut API reference, List Remittances, which prints a part of them; the
``transaction_*`` fields are named as Update a Remittance names them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.rendering import Shelf, spliced, thinned
from duetrail_sandbox.stuut.outreach import attachment, email
from duetrail_sandbox.stuut.remittances import Advice, Remittance
from duetrail_sandbox.stuut.short import short_invoice

__all__ = ["remittance"]


def remittance(told: Remittance, shelf: Shelf) -> str:
    """Write a remittance as JSON text; its email is the same text as in an invoice."""
    post = told.email
    parts = {}
    if post is not None:
        parts["email"] = shelf.get(f"email/{post.id}", partial(email, post))
    return spliced(_facts(told), **parts)


def _facts(told: Remittance) -> dict[str, Any]:
    created = stamp(told.created)
    doubtful = any(advice.invoice is None for advice in told.advices)
    file = told.file
    fields: dict[str, Any] = {
        "object": "remittance",
        "id": told.id,
        "agent_confidence_reason": "Some numbers match no invoice." if doubtful else None,
        "agent_confidence_score": 0.5 if doubtful else 0.98,
        "agent_error_code": None,
        "agent_uncertainties": ["A number is not ours."] if doubtful else [],
        "allocations": [_allocation(advice, told) for advice in told.advices],
        "attachment": attachment(file, created, None) if file else None,
        "created_at": created,
        "currency": told.payment.currency,
        "modified_at": created,
        "partner_id": told.customer.id,
        "transaction_amount": told.payment.amount,
        "transaction_date": created,
        "transaction_number": told.payment.reference,
    }
    if told.email is None:
        fields["email"] = None
    return thinned(fields, told.id)


def _allocation(advice: Advice, told: Remittance) -> dict[str, Any]:
    """Show a line; what matches no invoice has neither its id nor its short form."""
    invoice = advice.invoice
    fields: dict[str, Any] = {
        "invoice_number": advice.number,
        "object": "remittance_allocation",
        "remittance_id": told.id,
        "amount_discount": advice.discount,
        "amount_paid": advice.amount,
        "amount_withheld": None,
        "invoice": short_invoice(invoice) if invoice else None,
        "invoice_id": invoice.id if invoice else None,
    }
    return thinned(fields, f"{told.id}.{advice.number}")
