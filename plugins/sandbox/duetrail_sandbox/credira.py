"""Credira's API, v1, about the company, under ``/credira/v1``.

Envelopes and the three kinds of "none" follow the Credira API reference. It shows error bodies
without their HTTP status; the numbers here are convention.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from duetrail.testing import Answer
from duetrail_sandbox.app import App, Refused, Request, found, json_answer
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.forms import Forms

TOKEN = "sandbox-credira-token"
_CODES = {400: "INVALID_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}

_F = Forms("credira")


def _refusal(request: Request, refused: Refused) -> Answer:
    """Answer an error; there is no ``data`` in it."""
    error = {"code": _CODES[refused.status], "message": refused.message}
    return json_answer({"success": False, "error": error, "meta": _meta(request)}, refused.status)


CREDIRA = App("/credira/v1", lambda request: request.token == TOKEN, _refusal)


@CREDIRA.route("/calls")
def get_calls(request: Request) -> Answer:
    """Answer the calls on an invoice, or ``false`` where there are none."""
    invoice = _invoice(request)
    rows = [_F.call(call, invoice_id=invoice.remote_id) for call in invoice.voice_calls]
    return _answer(request, rows or False, total_calls=len(rows))


@CREDIRA.route("/calls/{call_id}")
def get_call(request: Request) -> Answer:
    """Answer one call with the fields of its row in a list, and more."""
    invoice, call = found(request.company.voice_calls, request.params["call_id"], "Call")
    return _answer(request, _F.call_detail(call, invoice_id=invoice.remote_id))


@CREDIRA.route("/callouts")
def get_callouts(request: Request) -> Answer:
    """Answer the callouts on an invoice, or an empty array where there are none."""
    invoice = _invoice(request)
    rows = [_F.callout(callout, invoice_id=invoice.remote_id) for callout in invoice.callouts]
    return _answer(request, rows, total_callouts=len(rows))


@CREDIRA.route("/callouts/{callout_id}/response")
def get_callout_response(request: Request) -> Answer:
    """Answer what became of a callout; the total may be more than the attempts listed."""
    if not request.params["callout_id"].startswith("callout_"):
        raise Refused(400, "Invalid callout ID format")
    _, callout = found(request.company.callouts, request.params["callout_id"], "Callout")
    calls = [attempt.made for attempt in callout.attempts if attempt.type == "call"]
    scores = [call.confidence for call in calls]
    average = round(sum(scores) / len(scores), 2) if scores else 0
    seconds = sum(call.duration for call in calls)
    analytics = _F.analytics(callout, total_duration=seconds, average_confidence=average)
    responses = [_F[f"{attempt.type}_attempt"](attempt) for attempt in callout.attempts]
    return _answer(request, _F.response(callout, responses=responses, analytics=analytics))


@CREDIRA.route("/emails")
def get_emails(request: Request) -> Answer:
    """Answer the emails of a callout, or ``false`` where there are none."""
    _, callout = found(request.company.callouts, _required(request, "callout_id"), "Callout")
    rows = [_F.email(email, callout_id=callout.id) for email in callout.emails]
    return _answer(request, rows or False, total_emails=len(rows))


def _required(request: Request, name: str) -> str:
    value = request.one(name)
    if not value:
        raise Refused(400, f"Missing required parameter: {name}")
    return value


def _invoice(request: Request) -> Invoice:
    """The invoice asked for by its ERP id."""
    return found(request.company.by_remote_id, _required(request, "invoice_id"), "Invoice")


def _answer(request: Request, data: Any, **totals: int) -> Answer:
    return json_answer({"success": True, "data": data, "meta": _meta(request, **totals)})


def _meta(request: Request, **totals: int) -> dict[str, Any]:
    """Say when and under which id; both differ on every request, as they do at the vendor."""
    moment = request.company.now + timedelta(seconds=request.number)
    return {"timestamp": moment, "request_id": f"req_{request.number:09d}", **totals}
