"""Stuut's form of a customer in the list of customers.

Fields follow the Stuut API reference, List Partners. The list is the only place that tells of
balances, of the newest outreach and of the newest word from the customer.
"""

from __future__ import annotations

from duetrail_sandbox.company.people import Customer
from duetrail_sandbox.rendering import moment
from duetrail_sandbox.stuut.balances import Standing
from duetrail_sandbox.stuut.pages import Keys
from duetrail_sandbox.stuut.parties import partner

__all__ = ["PARTNER_KEYS", "listed_partner"]

PARTNER_KEYS: Keys[Customer] = {
    "created_at": lambda owner: owner.created,
    "name": lambda owner: owner.name,
}


def listed_partner(owner: Customer, standing: Standing) -> str:
    """Write a customer as JSON text, with what only the list tells."""
    when, channel, to = standing.outreach or (None, None, None)
    listed = {
        "type": "customer",
        "invoice_balance": standing.balance,
        "total_overdue": standing.overdue,
        "num_open_invoices": standing.open_invoices,
        "last_inbound_at": moment(standing.last_inbound),
        "last_outreach_at": moment(when),
        "last_outreach_channel": channel,
        "last_outreach_to": to,
        "is_contact_enrichment_enabled": owner.index % 3 == 0,
    }
    return partner(owner, on_call=False, listed=listed)
