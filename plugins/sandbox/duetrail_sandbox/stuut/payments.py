"""The payments that Stuut knows, and its form of one that stands alone.

Fields follow the Stuut API reference, Retrieve a Payment. No list of payments is documented:
a reader finds their ids in the invoices.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Allocation, Invoice, Payment
from duetrail_sandbox.company.once import once_per_company
from duetrail_sandbox.rendering import Shelf, dumps, spliced, thinned
from duetrail_sandbox.stuut.forms import allocation, payment_fields
from duetrail_sandbox.stuut.parties import partner

__all__ = ["KnownPayment", "lone_payment", "payments"]


@frozen
class KnownPayment:
    """A payment and its shares, each with the invoice it goes to."""

    payment: Payment
    shares: tuple[tuple[Allocation, Invoice], ...]


@once_per_company
def payments(company: Company) -> dict[str, KnownPayment]:
    """Gather the payments by id."""
    paid: dict[str, Payment] = {}
    shares: dict[str, list[tuple[Allocation, Invoice]]] = {}
    for invoice in company.invoices:
        for share in invoice.allocations:
            paid.setdefault(share.payment.id, share.payment)
            shares.setdefault(share.payment.id, []).append((share, invoice))
    return {key: KnownPayment(payment, tuple(shares[key])) for key, payment in paid.items()}


def lone_payment(known: KnownPayment, remittance_id: str | None, shelf: Shelf) -> str:
    """Write a payment as JSON text, with its shares and the bank's side of it.

    Unlike the copy inside an invoice it names the remittance that explains it.
    """
    fields = payment_fields(known.payment) | {"remittance_id": remittance_id}
    parts = {
        "allocations": dumps([_share(share, invoice) for share, invoice in known.shares]),
        "bank_transaction": _bank_transaction(known, shelf),
    }
    return spliced(thinned(fields, known.payment.id), **parts)


def _share(share: Allocation, invoice: Invoice) -> dict[str, Any]:
    """Show a share without the payment, which stands around it."""
    shown = allocation(share, invoice)
    del shown["payment"]
    return shown


def _bank_transaction(known: KnownPayment, shelf: Shelf) -> str:
    payment = known.payment
    owner = known.shares[0][1].customer
    time = stamp(payment.time)
    fields: dict[str, Any] = {
        "account_id": "bac_0001",
        "amount": payment.amount,
        "object": "bank_transaction",
        "posted": payment.status == "matched",
        "reference_number": payment.reference,
        "timestamp": time,
        "type": "deposit",
        "id": f"btx_{payment.id[4:]}",
        "authorized_at": time,
        "check_number": payment.reference[3:] if payment.method == "check" else None,
        "counterparty_email": payment.payer,
        "counterparty_name": owner.legal_name,
        "created_at": time,
        "currency": payment.currency,
        "currency_rate": 1,
        "invoice_numbers": [invoice.number or invoice.remote_id for _, invoice in known.shares],
        "is_draft": False,
        "modified_at": time,
    }
    shown = shelf.get(f"partner/{owner.id}", partial(partner, owner, on_call=False))
    return spliced(thinned(fields, f"{payment.id}.bank"), partner=shown)
