"""The emails that Exante has not sent yet, and their form as drafts.

Fields follow the Exante API reference, List Drafts: the same emails as in the timelines, with
the same uids, under other names.
"""

from __future__ import annotations

from html import escape
from typing import Any

from attrs import frozen

from duetrail_sandbox.company import Company
from duetrail_sandbox.company.claims import Claim, Note
from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.uids import uid
from duetrail_sandbox.rendering import moment, thinned

__all__ = ["Draft", "draft", "drafts"]


@frozen
class Draft:
    """An email that has not gone out, and the invoice it is about."""

    claim: Claim
    note: Note


def drafts(company: Company, claim: Claim | None = None) -> list[Draft]:
    """Gather the drafts about one invoice, or all of them."""
    claims = company.claims.values() if claim is None else (claim,)
    return [
        Draft(one, note)
        for one in claims
        for note in one.notes
        if note.status in ("DRAFT", "PENDING")
    ]


def draft(unsent: Draft) -> dict[str, Any]:
    """Show a draft; where nobody is named yet the lists are empty, not null as in a timeline."""
    note = unsent.note
    created = stamp(note.created)
    by_hand = note.initiator.type == "USER"
    fields: dict[str, Any] = {
        "uid": note.uid,
        "from_account_id": uid("account", note.sender),
        "from_email": note.sender,
        "to": list(note.to or ()),
        "cc": list(note.cc or ()),
        "bcc": [] if by_hand else ["archive@example.com"],
        "subject": note.subject,
        "body_text": note.body,
        "body_html": _html(note.body),
        "context_type": "invoice",
        "context_id": unsent.claim.uid,
        "status": note.status.lower(),
        "created_at": created,
        "updated_at": created,
    }
    # The reference's example has this one as null, so it is never left out.
    return thinned(fields, f"{note.uid}.draft") | {"planned_send_at": moment(note.planned)}


def _html(text: str) -> str:
    paragraphs = (escape(part, quote=False) for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in paragraphs)
