"""Credira's API, v1, about the company, under ``/credira/v1``.

Fields, envelopes and the three kinds of "none" follow the Credira API reference: Get Calls, Get
Call by ID, Get Callouts, Get Callout Response, Get Emails. The reference shows error bodies
without their HTTP status; the numbers here are convention. Times are ISO 8601 with ``Z``,
durations are seconds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from duetrail.testing import Answer
from duetrail_sandbox.app import App, Refused, Request, json_answer
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.records import Record
from duetrail_sandbox.forms import Form, thinned

TOKEN = "sandbox-credira-token"
_CODES = {400: "INVALID_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}

_CALL = Form(
    """
    id duration status from=from_number to=to_number voice_agent_id=agent_id timezone
    account_id:"acc_0001" created_time=created
    """,
    "{0.id}",
)
_CALL_DETAIL = Form(
    """
    updated_time=updated call_type:"outbound" currency:"USD" quality_score=quality
    sentiment_score=sentiment keywords tags summary metadata
    """,
    "{0.id}",
)
_CALLOUT = Form("""
    id status type:"payment_reminder" scheduled_time=scheduled created_time=created
    updated_time=updated account_id:"acc_0001" priority metadata
""")
_CONTACT = Form("name=contact.name email=contact_email phone=contact.phone")
# Channels are what is set now, not what was done.
_ACTIONS = Form("calls_enabled emails_enabled voice_agent_id=agent_id")
# One recipient, no sender, no body, no invoice.
_EMAIL = Form(
    """
    id subject recipient_email recipient_name=recipient.name status template_id template_name
    created_time=created sent_time=sent opened_time=opened clicked_time=clicked bounced
    unsubscribed email_type=kind priority account_id:"acc_0001" metadata
    """,
    "{0.id}",
)
_RESPONSE = Form(
    """
    callout_id=id status total_attempts successful_attempts created_time=created
    completed_time=completed
    """,
    "{0.id}",
)
# An attempt names neither the call nor the email it is about.
_ATTEMPT = Form("attempt_id=id type status timestamp=time")
_CALL_ATTEMPT = Form("duration sentiment_score=sentiment keywords summary voice_agent_id=agent_id")
_EMAIL_ATTEMPT = Form(
    "email_subject=subject opened_time=opened clicked_time=clicked template_id", "{0.id}.attempt"
)


def _refusal(request: Request, refused: Refused) -> Answer:
    """Answer an error; there is no ``data`` in it."""
    error = {"code": _CODES[refused.status], "message": refused.message}
    return json_answer({"success": False, "error": error, "meta": _meta(request)}, refused.status)


CREDIRA = App("/credira/v1", lambda request: request.token == TOKEN, _refusal)


@CREDIRA.route("/calls")
def get_calls(request: Request) -> Answer:
    """Answer the calls on an invoice, or ``false`` where there are none."""
    invoice = _invoice(request)
    rows = [_call(call, invoice) for call in invoice.voice_calls]
    return _answer(request, rows or False, total_calls=len(rows))


@CREDIRA.route("/calls/{call_id}")
def get_call(request: Request) -> Answer:
    """Answer one call with the fields of its row in a list, and more."""
    found = request.company.voice_calls.get(request.params["call_id"])
    if found is None:
        raise Refused(404, "Call not found")
    invoice, call = found
    begun = call.status != "initiated"
    times = {"start_time": call.start if begun else None, "end_time": call.end if begun else None}
    # The price of a call is in major units, whatever the invoice's currency.
    more = _CALL_DETAIL(call, cost=call.cost / 100, **times)
    return _answer(request, _call(call, invoice) | more)


@CREDIRA.route("/callouts")
def get_callouts(request: Request) -> Answer:
    """Answer the callouts on an invoice, or an empty array where there are none."""
    invoice = _invoice(request)
    rows = [
        _CALLOUT(one, invoice_id=invoice.remote_id, target_contact=_CONTACT(one))
        | {"actions": _ACTIONS(one)}
        for one in invoice.callouts
    ]
    return _answer(request, rows, total_callouts=len(rows))


@CREDIRA.route("/callouts/{callout_id}/response")
def get_callout_response(request: Request) -> Answer:
    """Answer what became of a callout; the total may be more than the attempts listed."""
    if not request.params["callout_id"].startswith("callout_"):
        raise Refused(400, "Invalid callout ID format")
    callout = _callout(request, request.params["callout_id"])
    calls = [attempt.call for attempt in callout.attempts if attempt.call is not None]
    scores = [call.confidence for call in calls]
    good = callout.successful_attempts > 0
    analytics = {
        "total_duration": sum(call.duration for call in calls),
        "average_confidence": round(sum(scores) / len(scores), 2) if scores else 0,
        "sentiment_analysis": "positive" if good else "neutral",
        "key_topics": ["payment"] if good else [],
        "customer_engagement": "high" if good else "low",
    }
    responses = [_attempt(attempt, callout) for attempt in callout.attempts]
    return _answer(request, _RESPONSE(callout, responses=responses, analytics=analytics))


@CREDIRA.route("/emails")
def get_emails(request: Request) -> Answer:
    """Answer the emails of a callout, or ``false`` where there are none."""
    callout = _callout(request, _required(request, "callout_id"))
    rows = [_EMAIL(email, callout_id=callout.id) for email in callout.emails]
    return _answer(request, rows or False, total_emails=len(rows))


def _required(request: Request, name: str) -> str:
    value = request.one(name)
    if not value:
        raise Refused(400, f"Missing required parameter: {name}")
    return value


def _invoice(request: Request) -> Invoice:
    """The invoice asked for by its ERP id."""
    invoice = request.company.by_remote_id.get(_required(request, "invoice_id"))
    if invoice is None:
        raise Refused(404, "Invoice not found")
    return invoice


def _callout(request: Request, callout_id: str) -> Record:
    found = request.company.callouts.get(callout_id)
    if found is None:
        raise Refused(404, "Callout not found")
    return found[1]


def _answer(request: Request, data: Any, **totals: int) -> Answer:
    return json_answer({"success": True, "data": data, "meta": _meta(request, **totals)})


def _meta(request: Request, **totals: int) -> dict[str, Any]:
    """Say when and under which id; both differ on every request, as they do at the vendor."""
    moment = request.company.now + timedelta(seconds=request.number)
    return {"timestamp": moment, "request_id": f"req_{request.number:09d}", **totals}


def _media(name: str, call: Record) -> dict[str, Any]:
    """What there is of a call in which somebody spoke."""
    spoken = call.duration > 0
    urls = "https://credira.example.com"
    return {
        "transcription_url": f"{urls}/transcriptions/{name}.txt" if spoken else None,
        "call_recording_url": f"{urls}/recordings/{name}.mp3" if spoken else None,
        "confidence_score": call.confidence if spoken else None,
    }


def _call(call: Record, invoice: Invoice) -> dict[str, Any]:
    """Show a call as a list does: without its times, price, tags and summary."""
    return _CALL(call, invoice_id=invoice.remote_id, **_media(call.id, call))


def _attempt(attempt: Record, callout: Record) -> dict[str, Any]:
    if attempt.call is None:
        return _ATTEMPT(attempt) | _EMAIL_ATTEMPT(attempt.email)
    # The media have addresses of their own, other than the call's.
    name = f"{callout.id}_{attempt.id}"
    fields = _CALL_ATTEMPT(attempt.call, **_media(name, attempt.call))
    return _ATTEMPT(attempt) | thinned(fields, name)
