"""Credira's objects as canonical records.

Source: Credira API reference, Get Calls, Get Call by ID, Get Callouts, Get Callout Response, Get
Emails. Nothing is inferred: a list row of a call names no direction and no start, so its record has
none; and no fact is read off a summary.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from duetrail import hookimpl
from duetrail.errors import BadItem
from duetrail.model import (
    AgentKind,
    AttemptStatus,
    Call,
    Callout,
    CalloutAttempt,
    CalloutKind,
    CalloutStatus,
    CallStatus,
    Channel,
    Direction,
    Email,
    EmailStatus,
    Invoice,
    Money,
    Priority,
    Record,
    Ref,
    canonical,
)
from duetrail.source import Connection, Item
from duetrail_credira import wire


@hookimpl
def map_item(item: Item, connection: Connection) -> Iterator[Record]:
    """One object as one record."""
    match item.wire:
        case wire.CallDetail() as detail:
            yield _call_detail(detail, connection)
        case wire.Call() as call:
            yield _call(call, connection)
        case wire.Callout() as callout:
            yield _callout(callout, connection)
        case wire.Response() as response:
            yield _response(response, connection)
        case wire.Email() as email:
            yield _email(email, connection)


def _call(call: wire.Call, connection: Connection) -> Call:
    return Call(
        connection=connection.name,
        id=call.id,
        invoices=_invoices(call.invoice_id, connection),
        status=canonical(CallStatus, call.status),
        status_raw=call.status,
        from_number=call.from_,
        to_number=call.to,
        duration_seconds=_seconds(call.duration, "$.duration"),
        agent_kind=AgentKind.AI if call.voice_agent_id else None,
        agent_id=call.voice_agent_id,
        recording_url=call.call_recording_url,
        transcript_url=call.transcription_url,
        created_at=call.created_time,
    )


def _call_detail(detail: wire.CallDetail, connection: Connection) -> Call:
    return evolve(
        _call(detail, connection),
        direction=canonical(Direction, detail.call_type),
        direction_raw=detail.call_type,
        started_at=detail.start_time,
        ended_at=detail.end_time,
        summary=detail.summary,
        keywords=detail.keywords or (),
        tags=detail.tags or (),
        currency=detail.currency,
        cost=Money.major(detail.cost, detail.currency, "$.cost"),
        updated_at=detail.updated_time,
    )


def _callout(callout: wire.Callout, connection: Connection) -> Callout:
    contact = callout.target_contact or wire.Contact()
    actions = callout.actions or wire.Actions()
    return Callout(
        connection=connection.name,
        id=callout.id,
        invoices=_invoices(callout.invoice_id, connection),
        kind=canonical(CalloutKind, callout.type),
        kind_raw=callout.type,
        status=canonical(CalloutStatus, callout.status),
        status_raw=callout.status,
        priority=canonical(Priority, callout.priority),
        priority_raw=callout.priority,
        channels=_channels(actions),
        scheduled_at=callout.scheduled_time,
        contact_name=contact.name,
        contact_email=contact.email,
        contact_phone=contact.phone,
        agent_id=actions.voice_agent_id,
        created_at=callout.created_time,
        updated_at=callout.updated_time,
    )


def _response(response: wire.Response, connection: Connection) -> Callout:
    # Totals and list are two statements of the vendor, and need not agree.
    return Callout(
        connection=connection.name,
        id=response.callout_id,
        completed_at=response.completed_time,
        attempts_total=response.total_attempts,
        attempts_successful=response.successful_attempts,
        attempts=tuple(
            _attempt(attempt, f"$.responses[{index}]")
            for index, attempt in enumerate(response.responses or ())
        ),
    )


def _attempt(attempt: wire.Attempt, path: str) -> CalloutAttempt:
    return CalloutAttempt(
        id=attempt.attempt_id,
        channel=canonical(Channel, attempt.type),
        channel_raw=attempt.type,
        status=canonical(AttemptStatus, attempt.status),
        status_raw=attempt.status,
        attempted_at=attempt.timestamp,
        duration_seconds=_seconds(attempt.duration, f"{path}.duration"),
        agent_id=attempt.voice_agent_id,
        summary=attempt.summary,
        recording_url=attempt.call_recording_url,
        transcript_url=attempt.transcription_url,
        email_subject=attempt.email_subject,
        opened_at=attempt.opened_time,
        clicked_at=attempt.clicked_time,
    )


def _email(email: wire.Email, connection: Connection) -> Email:
    return Email(
        connection=connection.name,
        id=email.id,
        callout_id=email.callout_id,
        status=canonical(EmailStatus, email.status),
        status_raw=email.status,
        bounced=email.bounced,
        to_addresses=(email.recipient_email,) if email.recipient_email else (),
        subject=email.subject,
        sent_at=email.sent_time,
        opened_at=email.opened_time,
        clicked_at=email.clicked_time,
        created_at=email.created_time,
    )


def _invoices(invoice_id: str | None, connection: Connection) -> tuple[Ref, ...]:
    return (connection.ref(Invoice, invoice_id),) if invoice_id else ()


def _channels(actions: wire.Actions) -> tuple[Channel, ...]:
    enabled = {Channel.CALL: actions.calls_enabled, Channel.EMAIL: actions.emails_enabled}
    return tuple(channel for channel, on in enabled.items() if on)


def _seconds(duration: int | None, path: str) -> int | None:
    if duration is not None and duration < 0:
        raise BadItem("a call lasts less than nothing", path=path)
    return duration
