"""The calls that Stuut knows, each of them once, with the invoices it is about."""

from __future__ import annotations

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.once import once_per_company
from duetrail_sandbox.company.touches import Call
from duetrail_sandbox.stuut.pages import Keys

__all__ = ["CALL_KEYS", "KnownCall", "calls"]


@frozen
class KnownCall:
    """A call and every invoice that has it, in the order of the ERP's numbers."""

    call: Call
    invoices: tuple[Invoice, ...]


CALL_KEYS: Keys[KnownCall] = {
    "created_at": lambda known: known.call.created,
    "modified_at": lambda known: known.call.modified,
    "start_time": lambda known: known.call.start,
}


@once_per_company
def calls(company: Company) -> dict[str, KnownCall]:
    """Gather the calls by id, the oldest first."""
    rung: dict[str, Call] = {}
    about: dict[str, list[Invoice]] = {}
    for invoice in company.invoices:
        for call in invoice.calls:
            rung.setdefault(call.id, call)
            about.setdefault(call.id, []).append(invoice)
    oldest_first = sorted(rung.values(), key=lambda call: (call.created, call.id))
    return {call.id: KnownCall(call, tuple(about[call.id])) for call in oldest_first}
