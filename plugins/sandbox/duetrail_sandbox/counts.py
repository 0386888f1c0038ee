"""The sandbox's own truth: how many records a complete reader finds at each vendor."""

from __future__ import annotations

from collections.abc import Iterator

from duetrail_sandbox.company import Company

__all__ = ["Counts", "counts"]

Counts = dict[str, dict[str, int]]


def counts(company: Company) -> Counts:
    """Count distinct records per vendor and kind, from the company and not from any answer.

    Stuut has no callouts of its own: there the count is of planned outreach, that is calls
    that wait for approval and outbound emails in draft or pending.
    """
    invoices = company.invoices
    return {
        "stuut": {
            "invoices": len({invoice.id for invoice in invoices}),
            "calls": len({call.id for invoice in invoices for call in invoice.calls}),
            "emails": len({email.id for invoice in invoices for email in invoice.emails}),
            "callouts": len(set(_planned(company))),
            "parties": len({invoice.customer.id for invoice in invoices}),
        },
        "credira": {
            "calls": len({call.id for invoice in invoices for call in invoice.voice_calls}),
            "callouts": len({out.id for invoice in invoices for out in invoice.callouts}),
            "emails": len(
                {
                    email.id
                    for invoice in invoices
                    for out in invoice.callouts
                    for email in out.emails
                }
            ),
        },
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
