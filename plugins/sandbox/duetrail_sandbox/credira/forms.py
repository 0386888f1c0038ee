"""Credira's forms of calls, callouts, emails and what became of a callout.

Fields follow the Credira API reference: Get Calls, Get Call by ID, Get Callouts, Get Callout
Response, Get Emails. Times are ISO 8601 with ``Z``, durations are seconds.
"""

from __future__ import annotations

from typing import Any

from duetrail_sandbox.company.clock import stamp
from duetrail_sandbox.company.invoices import Invoice
from duetrail_sandbox.company.touches import Attempt, Callout, CalloutEmail, VoiceCall
from duetrail_sandbox.rendering import moment, thinned

__all__ = ["ACCOUNT", "call_detail", "call_row", "callout_response", "callout_row", "email_row"]

ACCOUNT = "acc_0001"


def call_row(call: VoiceCall, invoice: Invoice) -> dict[str, Any]:
    """Show a call as a list does: without its times, price, tags and summary."""
    spoken = call.duration > 0
    fields = {
        "id": call.id,
        "invoice_id": invoice.remote_id,
        "duration": call.duration,
        "status": call.status,
        "from": call.from_number,
        "to": call.to_number,
        "transcription_url": _transcription(call.id) if spoken else None,
        "call_recording_url": _recording(call.id) if spoken else None,
        "confidence_score": call.confidence if spoken else None,
        "voice_agent_id": call.agent_id,
        "timezone": call.timezone,
        "account_id": ACCOUNT,
        "created_time": stamp(call.created),
    }
    return thinned(fields, call.id)


def _transcription(name: str) -> str:
    return f"https://credira.example.com/transcriptions/{name}.txt"


def _recording(name: str) -> str:
    return f"https://credira.example.com/recordings/{name}.mp3"


def call_detail(call: VoiceCall, invoice: Invoice) -> dict[str, Any]:
    """Show a call as it is shown alone: the list's fields and more."""
    begun = call.status != "initiated"
    more = {
        "updated_time": stamp(call.updated),
        "start_time": stamp(call.start) if begun else None,
        "end_time": stamp(call.end) if begun else None,
        # The price of the call in major units, whatever the invoice's currency.
        "call_type": "outbound",
        "cost": call.cost / 100,
        "currency": "USD",
        "quality_score": call.quality,
        "sentiment_score": call.sentiment,
        "keywords": list(call.keywords),
        "tags": list(call.tags),
        "summary": call.summary,
        "metadata": call.metadata,
    }
    return call_row(call, invoice) | thinned(more, call.id)


def callout_row(callout: Callout, invoice: Invoice) -> dict[str, Any]:
    """Show a callout; its channels are what is set now, not what was done."""
    person = callout.contact
    return {
        "id": callout.id,
        "invoice_id": invoice.remote_id,
        "status": callout.status,
        "type": "payment_reminder",
        "scheduled_time": stamp(callout.scheduled),
        "created_time": stamp(callout.created),
        "updated_time": stamp(callout.updated),
        "target_contact": {
            "name": f"{person.given} {person.family}",
            "email": callout.contact_email,
            "phone": person.phone,
        },
        "actions": {
            "calls_enabled": callout.calls_enabled,
            "emails_enabled": callout.emails_enabled,
            "voice_agent_id": callout.agent_id,
        },
        "account_id": ACCOUNT,
        "priority": callout.priority,
        "metadata": callout.metadata,
    }


def email_row(email: CalloutEmail, callout: Callout) -> dict[str, Any]:
    """Show an email of a callout: one recipient, no sender, no body, no invoice."""
    person = email.recipient
    template_id, template_name = email.template
    fields = {
        "id": email.id,
        "callout_id": callout.id,
        "subject": email.subject,
        "recipient_email": email.recipient_email,
        "recipient_name": f"{person.given} {person.family}",
        "status": email.status,
        "template_id": template_id,
        "template_name": template_name,
        "created_time": stamp(email.created),
        "sent_time": moment(email.sent),
        "opened_time": moment(email.opened),
        "clicked_time": moment(email.clicked),
        "bounced": email.bounced,
        "unsubscribed": email.unsubscribed,
        "email_type": email.kind,
        "priority": email.priority,
        "account_id": ACCOUNT,
        "metadata": email.metadata,
    }
    return thinned(fields, email.id)


def callout_response(callout: Callout) -> dict[str, Any]:
    """Show what became of a callout; the total may be more than the attempts listed."""
    calls = [attempt.call for attempt in callout.attempts if attempt.call is not None]
    scores = [call.confidence for call in calls]
    fields = {
        "callout_id": callout.id,
        "status": callout.status,
        "total_attempts": callout.total_attempts,
        "successful_attempts": callout.successful_attempts,
        "responses": [_attempt(attempt, callout) for attempt in callout.attempts],
        "analytics": {
            "total_duration": sum(call.duration for call in calls),
            "average_confidence": round(sum(scores) / len(scores), 2) if scores else 0,
            "sentiment_analysis": "positive" if callout.successful_attempts else "neutral",
            "key_topics": ["payment"] if callout.successful_attempts else [],
            "customer_engagement": "high" if callout.successful_attempts else "low",
        },
        "created_time": stamp(callout.created),
        "completed_time": moment(callout.completed),
    }
    return thinned(fields, callout.id)


def _attempt(attempt: Attempt, callout: Callout) -> dict[str, Any]:
    """Show one attempt; it names neither the call nor the email it is about."""
    common = {
        "attempt_id": attempt.id,
        "type": attempt.type,
        "status": attempt.status,
        "timestamp": stamp(attempt.time),
    }
    if attempt.call is not None:
        return common | _call_attempt(attempt.call, f"{callout.id}_{attempt.id}")
    return common | (_email_attempt(attempt.email) if attempt.email is not None else {})


def _call_attempt(call: VoiceCall, media: str) -> dict[str, Any]:
    """The media have addresses of their own, other than the call's."""
    spoken = call.duration > 0
    fields = {
        "duration": call.duration,
        "call_recording_url": _recording(media) if spoken else None,
        "transcription_url": _transcription(media) if spoken else None,
        "confidence_score": call.confidence if spoken else None,
        "sentiment_score": call.sentiment,
        "keywords": list(call.keywords),
        "summary": call.summary,
        "voice_agent_id": call.agent_id,
    }
    return thinned(fields, media)


def _email_attempt(email: CalloutEmail) -> dict[str, Any]:
    fields = {
        "email_subject": email.subject,
        "opened_time": moment(email.opened),
        "clicked_time": moment(email.clicked),
        "template_id": email.template[0],
    }
    return thinned(fields, f"{email.id}.attempt")
