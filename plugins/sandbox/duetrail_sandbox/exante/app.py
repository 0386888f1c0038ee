"""Exante's API about the company, under ``/exante``.

Paths, envelopes and paging follow the Exante API reference. It prints one error body and neither
bad page numbers nor malformed uids: what is answered to those is plausible, not documented.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from duetrail.testing import Answer
from duetrail_sandbox.app import App, Refused, Request, found, json_answer
from duetrail_sandbox.company import Company
from duetrail_sandbox.company.correspondence import Claim
from duetrail_sandbox.exante import forms
from duetrail_sandbox.exante.forms import ORGANIZATION

__all__ = ["EXANTE", "ORGANIZATION", "TOKEN"]

TOKEN = "sandbox-exante-token"
# Of invoices success is said three times.
_MORE = {"status_code": 200, "message": "Success"}


def _refusal(request: Request, refused: Refused) -> Answer:
    """Answer in the one form that the reference shows."""
    details = [one for one in (refused.parameter, refused.detail) if one is not None]
    return json_answer({"error": refused.message, "details": details}, refused.status)


EXANTE = App("/exante", lambda request: request.token == TOKEN, _refusal)


@EXANTE.route("/api/invoices")
def list_invoices(request: Request) -> Answer:
    """Answer one page of thin invoices, with links; ``page`` counts from one."""
    rows = [*_company(request).claims.values()]
    shown, number, size, pages = request.page(rows, 1, "page", "per_page", (10, 100))
    meta = {"page": number, "per_page": size, "total_pages": pages, "total_items": len(rows)}
    numbers = {"self": number, "next": number + 1, "prev": number - 1}
    links = {
        name: _link(request, one, size) if name == "self" or 1 <= one <= pages else None
        for name, one in numbers.items()
    }
    items = [forms.list_item(claim, request.company.now) for claim in shown]
    return _success({"items": items, "_meta": meta, "_links": links}, **_MORE)


@EXANTE.route("/api/invoices/{invoice_uid}")
def get_invoice(request: Request) -> Answer:
    """Answer one invoice with more fields than its item in a list has."""
    return _success(forms.detail(_claim(request), request.company.now), **_MORE)


@EXANTE.route("/api/invoices/{invoice_uid}/outreach")
def get_outreach(request: Request) -> Answer:
    """Answer all emails about one invoice at once."""
    return _success(forms.timeline(_claim(request)), **_MORE)


@EXANTE.route("/api/email/drafts")
def list_drafts(request: Request) -> Answer:
    """Answer what has been written about one invoice and has not gone out; no envelope."""
    if request.one("context_type") != "invoice":
        raise Refused(400, "Invalid context_type", "context_type must be invoice")
    asked = request.one("context_id")
    if not asked:
        raise Refused(400, "context_id is required")
    claim = _company(request).claims.get(_checked(asked, "context_id"))
    unsent = [one for one in claim.notes if one.status != "SENT"] if claim else []
    items = [forms.draft(one, claim) for one in unsent if claim and one.status != "FAILED"]
    return json_answer({"items": items, "count": len(items)})


@EXANTE.route("/api/conversations")
def list_conversations(request: Request) -> Answer:
    """Answer one page of conversations, the newest first."""
    rows = [*forms.conversations(_company(request)).values()]
    shown, number, size, pages = request.page(rows, 1, "page", "per_page", (10, 100))
    pagination = {"page": number, "per_page": size, "total": len(rows), "total_pages": pages}
    items = [forms.conversation(row) for row in shown]
    return _success({"items": items, "pagination": pagination})


@EXANTE.route("/api/conversations/{conversation_uid}")
def get_conversation(request: Request) -> Answer:
    """Answer one conversation with its messages."""
    asked = _checked(request.params["conversation_uid"], "conversation_uid")
    talk = found(forms.conversations(_company(request)), asked, "Conversation")
    return _success(forms.lone_conversation(talk))


@EXANTE.route("/api/api-keys")
def list_api_keys(request: Request) -> Answer:
    """Answer the user's keys, none of them in full."""
    return _success({"items": forms.keys(TOKEN, request.company)})


def _checked(text: str, name: str) -> str:
    """Read a UUID in small letters, or refuse."""
    if not re.fullmatch("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise Refused(400, f"Invalid {name}", f"{name} is not a UUID")
    return text.lower()


def _company(request: Request) -> Company:
    """The company; Refused where another organization is asked for."""
    asked = request.one("organization_uid")
    if asked is None or _checked(asked, "organization_uid") == ORGANIZATION:
        return request.company
    raise Refused(403, "Forbidden", "You are not a member of this organization")


def _claim(request: Request) -> Claim:
    """The invoice that the path names."""
    asked = _checked(request.params["invoice_uid"], "invoice_uid")
    return found(_company(request).claims, asked, "Invoice")


def _link(request: Request, page: int, per_page: int) -> str:
    """Point to a page, relative to the host, with whatever else was asked."""
    asked = {name: values[-1] for name, values in request.query.items()}
    return f"{request.path}?{urlencode(asked | {'page': page, 'per_page': per_page})}"


def _success(data: Any, **more: Any) -> Answer:
    """Answer as conversations and keys do; invoices say ``more`` of it beside ``data``."""
    return json_answer({"status": "success", **more, "data": data})
