"""Stuut's forms of calls and emails as they are embedded in an invoice.

Fields follow the Stuut API reference, List Invoices. Each is rendered once: the same email
inside three invoices is the same text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.touches import Attachment, Call, Classification, Email
from duetrail_sandbox.rendering import Shelf, dumps, moment, spliced, thinned
from duetrail_sandbox.stuut.integration import secret
from duetrail_sandbox.stuut.parties import ORGANIZATION, partner, user
from duetrail_sandbox.stuut.short import short_invoice
from duetrail_sandbox.stuut.tasks import errand_of_call, task

__all__ = ["attachment", "call", "email"]

_SET_UP = "2024-03-01T08:00:00Z"
_SNIPPET = 80

_WORKFLOW = {
    "id": "wfl_0001",
    "active_days": [0, 1, 2, 3, 4],
    "created_at": _SET_UP,
    "email_sender_id": "sndr_0001",
    "is_active": True,
    "is_call_on_weekend_enabled": False,
    "modified_at": _SET_UP,
    "name": "Standard dunning",
    "object": "workflow",
    "outreach_window_end": "17:00",
    "outreach_window_start": "08:00",
    "pending_run_strategy": "send_all",
    "test_email": None,
    "test_phone_number": None,
    "timezone": "Europe/London",
}
_SENDER = {
    "email": "collections@example.com",
    "object": "email_sender",
    "reply_to": "collections@example.com",
    "user_id": "usr_0001",
    "id": "sndr_0001",
    "created_at": _SET_UP,
    "expired_at": None,
    "is_nylas_connection": True,
    "is_nylas_grant_expired": False,
    "is_shared": True,
    "modified_at": _SET_UP,
    "name": "Collections",
    "provider": "google",
    "reply_to_name": None,
    "signature_html": "<p>Northlight Supplies</p>",
}


def call(ring: Call, shelf: Shelf, invoices: Sequence[Invoice] = ()) -> str:
    """Write a call as JSON text; inside an invoice its own ``invoices`` is cut to ``[]``."""
    owner = ring.customer
    parts = {"partner": shelf.get(f"caller/{owner.id}", lambda: partner(owner, on_call=True))}
    return spliced(thinned(_call_facts(ring, invoices) | _call_result(ring), ring.id), **parts)


def _call_facts(ring: Call, invoices: Sequence[Invoice]) -> dict[str, Any]:
    return {
        "direction": ring.direction,
        "object": "call",
        "to_number": ring.to_number,
        "id": ring.id,
        "agent_id": "agt_0001" if ring.automated else None,
        "approver": user(ring.approver),
        "approver_id": ring.approver.id if ring.approver else None,
        "call_agent_id": "cag_0001" if ring.automated else None,
        "call_reason": ring.reason,
        "created_at": stamp(ring.created),
        "from_number": ring.from_number,
        "invoices": [short_invoice(invoice) for invoice in invoices],
        "is_automated": ring.automated,
        "modified_at": stamp(ring.modified),
        "partner_id": ring.customer.id,
        "retell_id": f"ret_{ring.id[4:]}" if ring.start else None,
        "status": ring.status,
        "workflow": _WORKFLOW if ring.planned_by_workflow else None,
    }


def _call_result(ring: Call) -> dict[str, Any]:
    spoken = [{"role": who, "content": said} for who, said in ring.transcript]
    return {
        "classifications": [_classification(ring.classification, ring)]
        if ring.classification
        else [],
        "custom_classifications": ["asked for a copy"] if ring.direction == "inbound" else [],
        "disconnection_reason": ring.disconnection,
        "end_time": moment(ring.end),
        "in_voicemail": ring.voicemail if ring.start else None,
        "recording_url": _recording(ring),
        "sentiment": ring.sentiment,
        "start_time": moment(ring.start),
        "summary": ring.summary,
        "transcript": spoken or None,
        "transcript_str": "\n".join(f"{who}: {said}" for who, said in ring.transcript) or None,
        "transferred_to": ring.transferred_to,
    }


def _recording(ring: Call) -> object:
    """The field is untyped: mostly an address, sometimes an object that holds one, or null."""
    if not ring.transcript:
        return None
    url = f"https://recordings.example.com/{ring.id}.wav"
    return {"url": url} if ring.voicemail else url


def _classification(judged: Classification, ring: Call) -> dict[str, Any]:
    when = moment(ring.end)
    fields = {
        "agent_reply_reason": "No reply is needed.",
        "classification": judged.word,
        "is_action_required": judged.task is not None,
        "is_reply_required": False,
        "object": "classification",
        "reason": judged.reason,
        "action_recommendation": None,
        "agent_confidence_reason": "It was said in so many words.",
        "agent_confidence_score": 0.9,
        "agent_error_code": None,
        "agent_uncertainties": [],
        "created_at": when,
        "language": "en",
        "modified_at": when,
        "tasks": [task(errand_of_call(judged.task, ring))] if judged.task else [],
    }
    return thinned(fields, f"{ring.id}.classification")


def email(post: Email) -> str:
    """Write an email as JSON text; it names neither invoice nor customer."""
    return dumps(thinned(_email_facts(post) | _email_text(post), post.id))


def _email_facts(post: Email) -> dict[str, Any]:
    outbound = post.direction == "outbound"
    people = dict.fromkeys([post.sender, *post.to, *post.cc])
    return {
        "object": "email",
        "thread_id": post.thread_id,
        "id": post.id,
        "author": user(post.author),
        "author_id": post.author.id if post.author else None,
        "bcc": list(post.bcc),
        "bounced_addresses": list(post.bounced),
        "bulk_email_request_id": f"blk_{post.thread_id[4:]}"
        if post.reason == "account_statement"
        else None,
        "cc": list(post.cc),
        "created_at": stamp(post.created),
        "custom_headers": None,
        "direction": post.direction,
        "email_reason": post.reason,
        "email_sender": _SENDER if outbound else None,
        "email_sender_id": "sndr_0001" if outbound else None,
        "error_message": post.error,
        "from_email": post.sender,
        "is_automated": post.automated,
        "is_generated": post.generated,
        "is_originated_in_stuut": outbound,
        "is_unread": not outbound,
        "modified_at": stamp(post.modified),
        "parent_email_id": post.parent_id,
        "participants": list(people),
        "reply_to": ["collections@example.com"] if outbound else [],
        "send_separately": False,
        "sent_at": moment(post.sent),
        "sent_by_id": post.author.id if post.author and post.sent else None,
        "status": post.status,
        "to": list(post.to),
    }


def _email_text(post: Email) -> dict[str, Any]:
    plain = post.body.replace("</p><p>", " ").replace("<p>", "").replace("</p>", "")
    remote_id = f"msg_{post.id[4:]}" if post.sent else None
    return {
        "attachments": [
            attachment(one, stamp(post.created), post.author.id if post.author else None)
            for one in post.attachments
        ],
        "body": post.body,
        "generated_body": post.body if post.generated else None,
        "remote_id": remote_id,
        "remote_links": [_remote_link(post, remote_id)] if remote_id else [],
        "snippet": plain[:_SNIPPET],
        "subject": post.subject,
    }


def _remote_link(post: Email, remote_id: str) -> dict[str, Any]:
    return {
        "email_id": post.id,
        "email_sender_id": "sndr_0001",
        "object": "remote_link",
        "remote_id": remote_id,
        "remote_thread_id": f"rth_{post.thread_id[4:]}",
        "created_at": stamp(post.created),
        "modified_at": stamp(post.modified),
    }


def attachment(file: Attachment, created: str, user_id: str | None) -> dict[str, Any]:
    """Show a file's facts, with the short-lived link that a reader must not keep."""
    fields = {
        "file_type": file.kind,
        "mime_type": file.mime,
        "name": file.name,
        "object": "attachment",
        "organization_id": ORGANIZATION,
        "id": file.id,
        "content_id": None,
        "created_at": created,
        "disposition": "attachment",
        "is_verified": True,
        "modified_at": created,
        "presigned_url": f"https://files.example.com/{file.id}?signature={secret('signed')}",
        "presigned_url_expires_at": created,
        "purpose": "email",
        "remote_id": None,
        "size": file.size,
        "src": None,
        "user_id": user_id,
    }
    return thinned(fields, file.id)
