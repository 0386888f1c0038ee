"""The sandbox's own truth: how many records a complete reader finds at each vendor."""

from __future__ import annotations

from collections.abc import Iterable

from duetrail_sandbox.company import Company

Counts = dict[str, dict[str, int]]


def counts(company: Company, vendors: Iterable[str]) -> Counts:
    """Count distinct records per vendor and kind, from the company and not from any answer.

    Stuut's callouts are planned outreach: calls that wait for approval and outbound emails in draft
    or pending. Yeti's calls are those the company made, its parties the accounts that still exist.
    """
    return {vendor: _COUNTERS[vendor](company) for vendor in vendors}


def _stuut(company: Company) -> dict[str, int]:
    invoices = company.invoices
    calls, emails = (
        {one.id: one for invoice in invoices for one in getattr(invoice, kind)}
        for kind in ("calls", "emails")
    )
    shares = [share for invoice in invoices for share in invoice.allocations]
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
    own = company.telephony
    found = {"invoices": own.bills, "calls": own.outgoing, "payments": own.payments}
    return {kind: len(rows) for kind, rows in (found | {"parties": own.accounts}).items()}


_COUNTERS = {"stuut": _stuut, "credira": _credira, "exante": _exante, "yeti": _yeti}
