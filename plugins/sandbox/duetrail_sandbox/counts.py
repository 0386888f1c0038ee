"""The sandbox's own truth: how many records a complete reader finds at each vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from duetrail_sandbox.company import Company

__all__ = ["Counts", "counts"]

Counts = dict[str, dict[str, int]]


def counts(company: Company, vendors: Iterable[str]) -> Counts:
    """Count distinct records per vendor and kind, from the company and not from any answer."""
    return {vendor: _COUNTED[vendor](company) for vendor in vendors}


def _stuut(company: Company) -> dict[str, int]:
    """Count at Stuut, which has no callouts of its own.

    There the count is of planned outreach, that is calls that wait for approval and outbound
    emails in draft or pending.
    """
    invoices = company.invoices
    return {
        "invoices": len({invoice.id for invoice in invoices}),
        "calls": len({call.id for invoice in invoices for call in invoice.calls}),
        "emails": len({email.id for invoice in invoices for email in invoice.emails}),
        "callouts": len(set(_planned(company))),
        "parties": len({invoice.customer.id for invoice in invoices}),
        "payments": len(
            {share.payment.id for invoice in invoices for share in invoice.allocations}
        ),
    }


def _credira(company: Company) -> dict[str, int]:
    invoices = company.invoices
    callouts = {out.id: out for invoice in invoices for out in invoice.callouts}
    return {
        "calls": len({call.id for invoice in invoices for call in invoice.voice_calls}),
        "callouts": len(callouts),
        "emails": len({email.id for out in callouts.values() for email in out.emails}),
    }


def _exante(company: Company) -> dict[str, int]:
    claims = company.claims.values()
    return {
        "invoices": len(claims),
        "emails": len({note.uid for claim in claims for note in claim.notes}),
        "parties": len({claim.client_uid for claim in claims}),
    }


def _yeti(company: Company) -> dict[str, int]:
    """Count at Yeti; an account that was deleted is no party any more.

    Calls are those the company made, whenever that was, and not the ones that reached it.
    """
    telephony = company.telephony
    return {
        "invoices": len(telephony.bills),
        "calls": len(telephony.outgoing),
        "payments": len(telephony.payments),
        "parties": len(telephony.accounts),
    }


def _planned(company: Company) -> Iterator[tuple[str, str]]:
    """Yield what Stuut has planned but not released, with repetitions."""
    for invoice in company.invoices:
        for call in invoice.calls:
            if call.status == "pending_approval":
                yield "call", call.id
        for email in invoice.emails:
            if email.direction == "outbound" and email.status in ("draft", "pending"):
                yield "email", email.id


_COUNTED: dict[str, Callable[[Company], dict[str, int]]] = {
    "stuut": _stuut,
    "credira": _credira,
    "exante": _exante,
    "yeti": _yeti,
}
