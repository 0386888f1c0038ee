"""How Stuut shows invoices, payments, calls, emails, tasks, remittances and customers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.company.touches import Call
from duetrail_sandbox.data import read_text
from duetrail_sandbox.forms import Forms
from duetrail_sandbox.stuut.gathered import Shares

# The integration record that Stuut repeats on invoices and customers: what a reader must never
# keep. Every free text in it, apart from the three fields a reader may keep (``id``,
# ``integration_name``, ``health.status``), contains the words ``sandbox-secret-``, and so do
# short-lived links and portal keys: whoever finds these words in a store, log or export has found
# a leak.
_INTEGRATION = json.loads(read_text("integration.json"))
_F = Forms("stuut")
Shown = dict[str, Any]

remittance, task = _F.remittance, _F.task


def partner(owner: Customer, form: str = "partner", standing: Record | None = None) -> Shown:
    """Show a customer as an invoice does, a call (``caller``), or their list.

    The list tells where a customer stands.
    """
    modified = owner.modified or owner.created + timedelta(days=30)
    fields = _F[form](
        owner,
        modified_at=modified,
        remote_metadata={"segment": owner.index % 4},
        remote_modified_at=modified,
        linked_integration=_INTEGRATION,
    )
    if standing is not None:
        fields |= _F.standing(standing, is_contact_enrichment_enabled=owner.index % 3 == 0)
    return fields


def invoice(bill: Invoice) -> Shown:
    """Show a full invoice."""
    return _F.invoice(
        bill,
        remote_status=bill.status.upper() if bill.index % 5 else None,
        custom_fields={"cost_center": 100 + bill.index % 7} if bill.index % 3 else None,
        remote_metadata={"batch": bill.index // 10, "source": "erp"},
        partner=partner(bill.customer),
        calls=[call(one, bill.customer) for one in bill.calls],
        **({"linked_integration": _INTEGRATION} if bill.index % 23 else {}),
    )


def payment(paid: Record, shares: Shares, remittance: Record | None) -> Shown:
    """Show a payment, with its shares and the bank's side of it."""
    owner = shares[0][1].customer
    bank = _F.bank_transaction(
        paid,
        check_number=paid.reference[3:] if paid.method == "check" else None,
        counterparty_name=owner.legal_name,
        invoice_numbers=[bill.shown_number for _, bill in shares],
        partner=partner(owner),
    )
    return _F.payment(
        paid,
        remittance_id=remittance.id if remittance else None,
        allocations=[_F.lone_allocation(one.but(up=bill)) for one, bill in shares],
        bank_transaction=bank,
    )


def call(ring: Call, owner: Customer, invoices: Sequence[Invoice] = ()) -> Shown:
    """Show a call; inside an invoice its own ``invoices`` is cut to ``[]``."""
    return _F.call(
        ring,
        partner_id=owner.id,
        partner=partner(owner, "caller"),
        invoices=[_F.short_invoice(one) for one in invoices],
    )
