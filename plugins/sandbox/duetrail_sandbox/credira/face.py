"""The Credira face: what its v1 API answers about the company, under ``/credira/v1``.

Envelopes and the three kinds of "none" follow the Credira API reference: Get Calls, Get Call
by ID, Get Callouts, Get Callout Response, Get Emails. The reference shows error bodies
without their HTTP status; the numbers here are convention.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.credira.forms import (
    call_detail,
    call_row,
    callout_response,
    callout_row,
    email_row,
)
from duetrail_sandbox.router import Answer, Request, Router

__all__ = ["CREDIRA", "TOKEN", "astray", "unauthorized"]

TOKEN = "sandbox-credira-token"
CREDIRA = Router("/credira/v1")


@CREDIRA.route("GET", "/calls")
def get_calls(request: Request) -> Answer:
    """Answer the calls on an invoice, or ``false`` where there are none."""
    invoice = _invoice(request)
    if isinstance(invoice, Answer):
        return invoice
    rows = [call_row(call, invoice) for call in invoice.voice_calls]
    return _answer(request, rows or False, total_calls=len(rows))


@CREDIRA.route("GET", "/calls/{call_id}")
def get_call(request: Request) -> Answer:
    """Answer one call with more fields than its row in a list has."""
    found = request.company.voice_calls.get(request.params["call_id"])
    if found is None:
        return _refuse(request, 404, "NOT_FOUND", "Call not found")
    invoice, call = found
    return _answer(request, call_detail(call, invoice))


@CREDIRA.route("GET", "/callouts")
def get_callouts(request: Request) -> Answer:
    """Answer the callouts on an invoice, or an empty array where there are none."""
    invoice = _invoice(request)
    if isinstance(invoice, Answer):
        return invoice
    rows = [callout_row(callout, invoice) for callout in invoice.callouts]
    return _answer(request, rows, total_callouts=len(rows))


@CREDIRA.route("GET", "/callouts/{callout_id}/response")
def get_callout_response(request: Request) -> Answer:
    """Answer what became of a callout."""
    callout_id = request.params["callout_id"]
    if not callout_id.startswith("callout_"):
        return _refuse(request, 400, "INVALID_REQUEST", "Invalid callout ID format")
    found = request.company.callouts.get(callout_id)
    if found is None:
        return _refuse(request, 404, "NOT_FOUND", "Callout not found")
    return _answer(request, callout_response(found[1]))


@CREDIRA.route("GET", "/emails")
def get_emails(request: Request) -> Answer:
    """Answer the emails of a callout, or ``false`` where there are none."""
    callout_id = request.one("callout_id")
    if not callout_id:
        return _missing(request, "callout_id")
    found = request.company.callouts.get(callout_id)
    if found is None:
        return _refuse(request, 404, "NOT_FOUND", "Callout not found")
    rows = [email_row(email, found[1]) for email in found[1].emails]
    return _answer(request, rows or False, total_emails=len(rows))


def _invoice(request: Request) -> Invoice | Answer:
    """Find the invoice asked for by its ERP id, or the answer that says why not."""
    invoice_id = request.one("invoice_id")
    if not invoice_id:
        return _missing(request, "invoice_id")
    invoice = request.company.by_remote_id.get(invoice_id)
    return invoice or _refuse(request, 404, "NOT_FOUND", "Invoice not found")


def unauthorized(request: Request) -> Answer | None:
    """Refuse a request without the right key; ``None`` lets it pass."""
    if request.token == TOKEN:
        return None
    return _refuse(request, 401, "UNAUTHORIZED", "Invalid or missing API key")


def astray(request: Request, status: int, message: str) -> Answer:
    """Refuse a path or method that v1 does not have."""
    code = "METHOD_NOT_ALLOWED" if status == 405 else "NOT_FOUND"
    return _refuse(request, status, code, message)


def _missing(request: Request, name: str) -> Answer:
    return _refuse(request, 400, "INVALID_REQUEST", f"Missing required parameter: {name}")


def _meta(request: Request, **totals: int) -> dict[str, Any]:
    """Say when and under which id; both differ on every request, as they do at the vendor."""
    return {
        "timestamp": stamp(request.company.now + timedelta(seconds=request.number)),
        "request_id": f"req_{request.number:09d}",
        **totals,
    }


def _answer(request: Request, data: Any, **totals: int) -> Answer:
    return Answer.of(200, {"success": True, "data": data, "meta": _meta(request, **totals)})


def _refuse(request: Request, status: int, code: str, message: str) -> Answer:
    """Answer an error; there is no ``data`` in it."""
    error = {"code": code, "message": message}
    return Answer.of(status, {"success": False, "error": error, "meta": _meta(request)})
