"""The Exante face: what its API answers about the company, under ``/exante``.

Paths, envelopes and paging follow the Exante API reference: Invoices, Collections Outreach,
Email, Conversations and API Keys.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from duetrail_sandbox.company.claims import Claim
from duetrail_sandbox.exante.attachments import attachment, files
from duetrail_sandbox.exante.conversation_forms import conversation, lone_conversation
from duetrail_sandbox.exante.conversations import asked_conversations, conversations
from duetrail_sandbox.exante.desk import (
    ORGANIZATION,
    OTHER_ORGANIZATION,
    Refusal,
    asked_claim,
    asks_company,
    checked_uid,
    is_company,
    linked,
    paging,
    refusing,
    success,
    terse_success,
    visible,
)
from duetrail_sandbox.exante.drafts import draft, drafts
from duetrail_sandbox.exante.forms import detail, list_item, timeline
from duetrail_sandbox.exante.keys import keys
from duetrail_sandbox.exante.options import options
from duetrail_sandbox.exante.stats import stats
from duetrail_sandbox.rendering import dumps, listed, spliced
from duetrail_sandbox.router import Answer, Request, Router

__all__ = ["EXANTE", "ORGANIZATION", "OTHER_ORGANIZATION", "TOKEN", "astray", "unauthorized"]

TOKEN = "sandbox-exante-token"
EXANTE = Router("/exante")


# Fixed paths come before those with a uid in the same place: the first match answers.
@EXANTE.route("GET", "/api/invoices/outreach/filter-options")
@refusing
def get_filter_options(request: Request) -> Answer:
    """Answer the values that outreach can be filtered by."""
    return success(dumps(options(visible(request).values())))


@EXANTE.route("GET", "/api/invoices")
@refusing
def list_invoices(request: Request) -> Answer:
    """Answer one page of thin invoices; ``page`` counts from one."""
    known = list(visible(request).values())
    return success(
        linked(request, known, lambda claim: _rendered(request, "item", claim, list_item))
    )


@EXANTE.route("GET", "/api/invoices/{invoice_uid}")
@refusing
def get_invoice(request: Request) -> Answer:
    """Answer one invoice with more fields than its item in a list has."""
    return success(_rendered(request, "detail", asked_claim(request), detail))


@EXANTE.route("GET", "/api/invoices/{invoice_uid}/outreach")
@refusing
def get_outreach(request: Request) -> Answer:
    """Answer all emails about one invoice at once."""
    return success(_rendered(request, "outreach", asked_claim(request), timeline))


@EXANTE.route("GET", "/api/invoices/{invoice_uid}/attachments")
@refusing
def list_attachments(request: Request) -> Answer:
    """Answer one page of an invoice's files; their links are other ones at every request."""
    claim = asked_claim(request)
    return success(
        linked(request, files(claim), lambda file: dumps(attachment(file, claim, request.number)))
    )


@EXANTE.route("GET", "/api/organization/{organization_uid}/invoices/stats")
@refusing
def get_stats(request: Request) -> Answer:
    """Answer sums and counts of an organization's invoices by status."""
    ours = is_company(request.params["organization_uid"])
    return success(dumps(stats(request.company.claims.values() if ours else ())))


@EXANTE.route("GET", "/api/email/drafts")
@refusing
def list_drafts(request: Request) -> Answer:
    """Answer what has been written about one invoice and has not gone out; no envelope."""
    kind, context = request.one("context_type"), request.one("context_id")
    if not kind:
        raise Refusal(400, "context_type is required")
    if kind != "invoice":
        raise Refusal(400, "Invalid context_type", "context_type must be invoice")
    if not context:
        raise Refusal(400, "context_id is required")
    claim = visible(request).get(checked_uid(context, "context_id"))
    found = [] if claim is None else drafts(request.company, claim)
    return Answer.of(200, {"items": [draft(one) for one in found], "count": len(found)})


@EXANTE.route("GET", "/api/email/drafts/{draft_uid}")
@refusing
def get_draft(request: Request) -> Answer:
    """Answer one bare draft; what has been sent is none any more."""
    asked = checked_uid(request.params["draft_uid"], "uid")
    found = drafts(request.company) if asks_company(request) else []
    for one in found:
        if one.note.uid == asked:
            return Answer.of(200, draft(one))
    raise Refusal(404, "Draft not found")


@EXANTE.route("GET", "/api/conversations")
@refusing
def list_conversations(request: Request) -> Answer:
    """Answer one page of conversations, the newest first."""
    rows = asked_conversations(request) if asks_company(request) else []
    asked = paging(request)
    pagination = {
        "page": asked.number,
        "per_page": asked.size,
        "total": len(rows),
        "total_pages": asked.pages(rows),
    }
    items = listed([dumps(conversation(row)) for row in asked.cut(rows)])
    return terse_success(spliced({}, items=items, pagination=dumps(pagination)))


@EXANTE.route("GET", "/api/conversations/{conversation_uid}")
@refusing
def get_conversation(request: Request) -> Answer:
    """Answer one conversation with its messages."""
    asked = checked_uid(request.params["conversation_uid"], "conversation_uid")
    found = conversations(request.company).get(asked) if asks_company(request) else None
    if found is None:
        raise Refusal(404, "Conversation not found")
    return terse_success(dumps(lone_conversation(found)))


@EXANTE.route("GET", "/api/api-keys")
@refusing
def list_api_keys(request: Request) -> Answer:
    """Answer the user's keys, none of them in full."""
    return terse_success(dumps({"items": keys(TOKEN, request.company)}))


def _rendered(
    request: Request, form: str, claim: Claim, make: Callable[[Claim, datetime], dict[str, Any]]
) -> str:
    now = request.company.now
    return request.shelf.get(f"exante/{form}/{claim.uid}", lambda: dumps(make(claim, now)))


def unauthorized(request: Request) -> Answer | None:
    """Refuse a request without the right key; ``None`` lets it pass."""
    if request.token == TOKEN:
        return None
    return Refusal(401, "Unauthorized", "The API key is missing or not valid").answer


def astray(request: Request, status: int, message: str) -> Answer:
    """Refuse a path or method that the API does not have."""
    return Refusal(status, message).answer
