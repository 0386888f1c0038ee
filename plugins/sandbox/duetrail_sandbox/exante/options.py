"""What outreach can be filtered by at Exante, read from the invoices that it has.

Fields follow the Exante API reference, Outreach Filter Options, which promises closed lists and
prints placeholders: the values here are those that occur.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.exante.forms import status
from duetrail_sandbox.rendering import moment

__all__ = ["options"]

_SUMMARIES = {"bounced": "Bounced", "contacted": "Contacted", "not_contacted": "Not contacted"}
_SORT_FIELDS = ("amount_due_cents", "due_date", "issue_date", "last_contact_at", "paid_date")


def options(claims: Iterable[Claim]) -> dict[str, Any]:
    """Gather the values; where nothing is known a range has null at both ends."""
    known = list(claims)
    bills = [claim.invoice for claim in known]
    notes = [note for claim in known for note in claim.notes]
    return {
        "invoice_statuses": _words(status(bill) for bill in bills),
        "email_summary": [{"value": word, "label": text} for word, text in _SUMMARIES.items()],
        "email_delivery_statuses": _words(note.delivery for note in notes),
        "outbound_email_statuses": _words(note.status for note in notes),
        "initiator_types": _words(note.initiator.type for note in notes),
        "customers": _named({claim.client_uid: claim.invoice.customer.name for claim in known}),
        "agents": _named(_initiators(notes, "AGENT")),
        "users": _named(_users(notes), "email"),
        "ranges": {
            "amount_due_cents": _range(bill.amount_due for bill in bills),
            "contacts_count": _range(sum(bool(note.sent) for note in one.notes) for one in known),
        },
        "date_ranges": {
            "issue_date": _dates(bill.issued for bill in bills),
            "due_date": _dates(bill.due for bill in bills),
            "paid_date": _dates(bill.paid_at for bill in bills),
            "last_contact_at": _dates(_last_contact(claim) for claim in known),
        },
        "sort_fields": list(_SORT_FIELDS),
    }


def _words(values: Iterable[str | None]) -> list[str]:
    return sorted({value for value in values if value is not None})


def _named(names: dict[str, str], field: str = "name") -> list[dict[str, str]]:
    return [
        {"uid": uid, field: name} for uid, name in sorted(names.items(), key=lambda one: one[1])
    ]


def _initiators(notes: list[Note], kind: str) -> dict[str, str]:
    return {
        note.initiator.uid: note.initiator.name or ""
        for note in notes
        if note.initiator.type == kind
    }


def _users(notes: list[Note]) -> dict[str, str]:
    return {note.initiator.uid: note.sender for note in notes if note.initiator.type == "USER"}


def _last_contact(claim: Claim) -> datetime | None:
    return max((note.sent for note in claim.notes if note.sent is not None), default=None)


def _range(values: Iterable[int]) -> dict[str, int | None]:
    known = list(values)
    return {"min": min(known, default=None), "max": max(known, default=None)}


def _dates(values: Iterable[datetime | None]) -> dict[str, str | None]:
    known = [value for value in values if value is not None]
    return {"min": moment(min(known, default=None)), "max": moment(max(known, default=None))}
