"""The sandbox's own truth: how many records a complete reader finds at each vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from duetrail_sandbox.company import Company

Counts = dict[str, dict[str, int]]


def counts(company: Company, vendors: Iterable[str]) -> Counts:
    """Count distinct records per vendor and kind, from the company and not from any answer.

    Stuut has no callouts of its own: there the count is of planned outreach, that is calls that
    wait for approval and outbound emails in draft or pending. At Yeti an account that was deleted
    is no party any more, and calls are those the company made, not the ones that reached it.
    """
    return {vendor: _COUNTERS[vendor](company) for vendor in vendors}


def _stuut(company: Company) -> dict[str, int]:
    invoices = company.invoices
    calls = {call.id: call for invoice in invoices for call in invoice.calls}
    emails = {email.id: email for invoice in invoices for email in invoice.emails}
    shares = chain.from_iterable(invoice.allocations for invoice in invoices)
    return {
        "invoices": len(invoices),
        "calls": len(calls),
        "emails": len(emails),
        "callouts": sum(one.is_planned for one in (*calls.values(), *emails.values())),
        "parties": len({invoice.customer.id for invoice in invoices}),
        "payments": len({share.payment.id for share in shares}),
    }


def _credira(company: Company) -> dict[str, int]:
    callouts = [callout for _, callout in company.callouts.values()]
    emails = {email.id for callout in callouts for email in callout.emails}
    return {"calls": len(company.voice_calls), "callouts": len(callouts), "emails": len(emails)}


def _exante(company: Company) -> dict[str, int]:
    claims = company.claims.values()
    notes = {note.uid for claim in claims for note in claim.notes}
    parties = {claim.client_uid for claim in claims}
    return {"invoices": len(claims), "emails": len(notes), "parties": len(parties)}


def _yeti(company: Company) -> dict[str, int]:
    lists = {"invoices": "bills", "calls": "outgoing", "payments": "payments"}
    lists["parties"] = "accounts"
    return {kind: len(getattr(company.telephony, name)) for kind, name in lists.items()}


_COUNTERS: dict[str, Callable[[Company], dict[str, int]]] = {
    "stuut": _stuut,
    "credira": _credira,
    "exante": _exante,
    "yeti": _yeti,
}
